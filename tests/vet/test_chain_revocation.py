from __future__ import annotations

import pytest
import signature_kit as kit
from cryptography import x509 as crypto

from unrig.formats import x509
from unrig.model.errors import FormatError
from unrig.vet.chain_revocation import RevocationLists, Revoked

AT = kit.moment(2022)
CA = kit.issue(kit.Wish(name="CA", authority=True))
FORGER = kit.issue(kit.Wish(name="CA", authority=True), key=kit.rsa_key("forger"))
MUTE = kit.issue(kit.Wish(name="CA", authority=True, signs_lists=False), key=kit.rsa_key("CA"))
LEAF = kit.issue(kit.Wish(name="Leaf", serial=77), CA)


def find(*lists: bytes, issuer: kit.Holder = CA) -> Revoked | None:
    return RevocationLists(lists).find(x509.parse(LEAF.der), x509.parse(issuer.der))


def test_a_listed_certificate_is_revoked() -> None:
    assert find(kit.revocation_list(CA, {77: AT})) == Revoked(at=AT, reason="")


def test_the_reason_is_told() -> None:
    listed = kit.revocation_list(CA, {77: AT}, reason=crypto.ReasonFlags.key_compromise)
    assert find(listed) == Revoked(at=AT, reason="keyCompromise")


def test_what_is_not_listed_is_not_revoked() -> None:
    assert find() is None
    assert find(kit.revocation_list(CA, {78: AT})) is None


def test_a_certificate_taken_off_hold_is_not_revoked() -> None:
    assert find(kit.revocation_list(CA, {77: AT}, reason=crypto.ReasonFlags.remove_from_crl)) is None


def test_a_list_that_the_issuer_did_not_sign_says_nothing() -> None:
    assert find(kit.revocation_list(FORGER, {77: AT})) is None


def test_a_list_of_another_issuer_says_nothing() -> None:
    other = kit.issue(kit.Wish(name="Other", authority=True))
    assert find(kit.revocation_list(other, {77: AT})) is None


def test_an_issuer_that_may_not_sign_lists_says_nothing() -> None:
    assert find(kit.revocation_list(CA, {77: AT}), issuer=MUTE) is None


def test_the_earliest_of_several_counts() -> None:
    lists = [kit.revocation_list(CA, {77: at}) for at in (AT + 9, AT, AT + 5)]
    assert find(*lists) == Revoked(at=AT, reason="")


@pytest.mark.parametrize("spoiled", [b"", b"no CRL", LEAF.der, kit.revocation_list(CA, {77: AT})[:-1]])
def test_what_is_no_crl_is_refused(spoiled: bytes) -> None:
    with pytest.raises(FormatError):
        RevocationLists([spoiled])


def test_a_crl_that_the_library_refuses_is_refused_by_name() -> None:
    listed = kit.revocation_list(CA, {77: AT})
    spoiled = listed.replace(b"\x17\x0d200101000000Z", b"\x17\x0d20010100000AZ")
    assert spoiled != listed
    with pytest.raises(FormatError, match="CRL 0"):
        RevocationLists([spoiled])
