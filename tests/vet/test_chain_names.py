from __future__ import annotations

import pytest
import signature_kit as kit
from cryptography import x509 as crypto

from unrig.drill.build import _der as write
from unrig.formats import x509
from unrig.model.errors import FormatError
from unrig.vet.chain_names import allowed


def directory(organisation: str) -> crypto.DirectoryName:
    name = crypto.Name([crypto.NameAttribute(crypto.NameOID.ORGANIZATION_NAME, organisation)])
    return crypto.DirectoryName(name)


def authority(
    permitted: list[crypto.GeneralName] | None = None, excluded: list[crypto.GeneralName] | None = None
) -> x509.Parsed:
    value = crypto.NameConstraints(permitted, excluded)
    extension = crypto.Extension(value.oid, True, value)
    return x509.parse(kit.issue(kit.Wish(name="CA", authority=True, extensions=(extension,))).der)


def leaf(organisation: str) -> x509.Parsed:
    holder = kit.issue(kit.Wish(name="Leaf", organisation=organisation), kit.plain_certificate())
    return x509.parse(holder.der)


def test_without_constraints_every_name_is_allowed() -> None:
    assert allowed(x509.parse(kit.plain_certificate().der), leaf("Contoso"))


def test_permitted_names() -> None:
    constrained = authority(permitted=[directory("Contoso"), directory("Fabrikam")])
    assert allowed(constrained, leaf("Contoso"))
    assert allowed(constrained, leaf("CONTOSO"))
    assert not allowed(constrained, leaf("Litware"))


def test_excluded_names() -> None:
    constrained = authority(excluded=[directory("Contoso")])
    assert not allowed(constrained, leaf("Contoso"))
    assert allowed(constrained, leaf("Litware"))


def test_an_exclusion_wins() -> None:
    constrained = authority(permitted=[directory("Contoso")], excluded=[directory("Contoso")])
    assert not allowed(constrained, leaf("Contoso"))


def test_other_forms_of_names_are_not_looked_at() -> None:
    constrained = authority(permitted=[crypto.DNSName("contoso.invalid")])
    assert allowed(constrained, leaf("Litware"))


def test_a_self_issued_certificate_is_exempt() -> None:
    constrained = authority(permitted=[directory("Contoso")])
    assert allowed(constrained, x509.parse(kit.plain_certificate().der))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        write.octets(b"x"),
        write.sequence(write.tagged(0, write.octets(b"x"))),
        write.sequence(write.tagged(0, write.sequence())),
        write.sequence(write.tagged(0, write.sequence(write.tagged(4, write.octets(b"x"))))),
    ],
)
def test_malformed_constraints_are_refused(content: bytes) -> None:
    spoiled = x509.parse(kit.raw_certificate(extensions=(kit.raw_extension(x509.NAME_CONSTRAINTS, content),)))
    with pytest.raises(FormatError):
        allowed(spoiled, leaf("Contoso"))
