from __future__ import annotations

import pytest
import signature_kit as kit

from unrig.data.roots import Root, microsoft_roots
from unrig.formats import x509
from unrig.model.errors import FormatError
from unrig.vet import chain_anchors
from unrig.vet.chain_anchors import Anchors, refusal

CODE, TIME = "code_signing", "time_stamping"
OWN = kit.issue(kit.Wish(name="Own root", authority=True))
TWIN = kit.issue(kit.Wish(name="Own root", authority=True), key=kit.rsa_key("twin"))


def test_roots_of_a_policy_are_found_beside_microsoft_s() -> None:
    anchors = Anchors([OWN.der])
    (found,) = anchors.named(x509.parse(OWN.der).subject)
    assert found.certificate.sha256 == OWN.sha256
    assert found.root == Root(der=OWN.der)
    microsoft = x509.parse(microsoft_roots()[0].der)
    assert anchors.find(microsoft) is not None


def test_a_policy_s_roots_do_not_stay() -> None:
    Anchors([OWN.der])
    assert Anchors([]).named(x509.parse(OWN.der).subject) == []


def test_the_same_name_is_not_the_same_root() -> None:
    anchors = Anchors([OWN.der, TWIN.der])
    assert len(anchors.named(x509.parse(OWN.der).subject)) == 2
    assert Anchors([OWN.der]).find(x509.parse(TWIN.der)) is None


def test_an_unknown_name_has_no_root() -> None:
    assert Anchors([]).named(b"\x30\x00") == []


def test_a_policy_s_root_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(FormatError):
        Anchors([b"no certificate"])


def test_roots_that_cannot_be_read_anchor_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = Root(der=OWN.der[:-1])
    monkeypatch.setattr(chain_anchors, "microsoft_roots", lambda: (Root(der=b"\x30\x00"), spoiled, Root(der=OWN.der)))
    chain_anchors._microsoft.cache_clear()
    try:
        assert len(Anchors([]).named(x509.parse(OWN.der).subject)) == 1
    finally:
        chain_anchors._microsoft.cache_clear()


LATE, EARLY = kit.moment(2020), kit.moment(2010)


@pytest.mark.parametrize(
    ("root", "purpose", "issued", "at", "words"),
    [
        (Root(der=b""), CODE, LATE, LATE, ""),
        (Root(der=b"", usages=(CODE,)), CODE, LATE, LATE, ""),
        (Root(der=b"", usages=(TIME,)), CODE, LATE, LATE, "not trusted for code_signing"),
        (Root(der=b"", refused_usages=(CODE,)), CODE, LATE, LATE, "refused for code_signing"),
        (Root(der=b"", refused_usages=(TIME,)), CODE, LATE, LATE, ""),
        (Root(der=b"", disabled_at=kit.moment(2015)), CODE, EARLY, EARLY, ""),
        (Root(der=b"", disabled_at=kit.moment(2015)), CODE, EARLY, LATE, "disabled"),
        (Root(der=b"", issued_before=kit.moment(2015)), CODE, EARLY, LATE, ""),
        (Root(der=b"", issued_before=kit.moment(2015)), CODE, LATE, LATE, "issued so late"),
        (Root(der=b"", issued_before=LATE, issued_before_usages=(CODE,)), CODE, LATE, LATE, "issued so late"),
        (Root(der=b"", issued_before=LATE, issued_before_usages=(TIME,)), CODE, LATE, LATE, ""),
        (Root(der=b"", issued_before=EARLY), TIME, LATE, LATE, ""),
        (Root(der=b"", usages=(TIME,), issued_before=EARLY), TIME, LATE, LATE, "issued so late"),
    ],
)
def test_what_windows_trusts_a_root_for(root: Root, purpose: str, issued: int, at: int, words: str) -> None:
    told = refusal(root, purpose, issued, at)
    assert (words in told) if words else (told == "")
