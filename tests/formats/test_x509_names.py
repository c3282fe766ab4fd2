from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import der
from unrig.formats.x509_names import name_text, who
from unrig.model.errors import FormatError, LimitError


def text_of(name: x509.Name) -> str:
    data = name.public_bytes()
    return name_text(data, der.root(data))


def test_the_most_specific_part_comes_first() -> None:
    parts = [(NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, "Signer")]
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])
    assert text_of(name) == "CN=Signer, O=Contoso, C=US"


def test_a_part_of_two_attributes_is_joined() -> None:
    pair = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.SERIAL_NUMBER, "1")]
    told = text_of(x509.Name([x509.RelativeDistinguishedName(pair)]))
    assert told in ("CN=a+serialNumber=1", "serialNumber=1+CN=a")


def test_what_separates_parts_cannot_be_faked() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'evil, O=Contoso+C="US"\\<>;=')])
    assert text_of(name) == 'CN=evil\\, O\\=Contoso\\+C\\=\\"US\\"\\\\\\<\\>\\;\\='


def test_an_unregistered_type_is_told_by_number() -> None:
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier("2.999.3"), "x")])
    assert text_of(name) == "2.999.3=x"


def test_an_empty_name_is_empty() -> None:
    assert name_text(b"\x30\x00", der.root(b"\x30\x00")) == ""


@pytest.mark.parametrize("data", [b"\x31\x00", b"\x30\x02\x05\x00", b"\x30\x04\x31\x02\x30\x00"])
def test_what_is_no_name_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        name_text(data, der.root(data))


@given(st.binary(max_size=80))
def test_any_bytes_are_a_name_or_a_format_error(data: bytes) -> None:
    try:
        told = name_text(data, der.root(data))
    except (FormatError, LimitError):
        return
    assert told.isprintable()


def name(*pairs: tuple[x509.ObjectIdentifier, str], kind: _ASN1Type | None = None) -> bytes:
    attributes = [
        x509.NameAttribute(oid, value, kind) if kind else x509.NameAttribute(oid, value) for oid, value in pairs
    ]
    return x509.Name(attributes).public_bytes()


def test_who_a_name_is_taken_for() -> None:
    told = who(
        name(
            (NameOID.COMMON_NAME, "Contoso Root"), (NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COUNTRY_NAME, "US")
        )
    )
    assert told == "contoso/contoso root"
    assert who(name((NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, "CONTOSO  root "))) == told
    assert who(name((NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, "Other root"))) != told
    assert who(name((NameOID.ORGANIZATION_NAME, "Litware"), (NameOID.COMMON_NAME, "Contoso Root"))) != told


def test_the_type_of_a_string_does_not_make_another_name() -> None:
    pairs = ((NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, "Root"))
    assert name(*pairs, kind=_ASN1Type.PrintableString) != name(*pairs)
    assert who(name(*pairs, kind=_ASN1Type.PrintableString)) == who(name(*pairs))


def test_without_a_common_name_nobody_is_meant() -> None:
    assert who(name((NameOID.ORGANIZATION_NAME, "Contoso"))) == ""
    assert who(b"\x30\x00") == ""
    with pytest.raises(FormatError):
        who(b"\x31\x00")
