"""Paths as Windows judges them for Authenticode; the library `pyhanko-certvalidator` is the oracle where they agree."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import signature_kit as kit
from asn1crypto import x509 as asn1_x509
from cryptography import x509 as crypto
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from unrig.data.roots import microsoft_roots
from unrig.drill.build import _der as write
from unrig.formats import x509
from unrig.model.signature import ChainStatus
from unrig.vet import chain
from unrig.vet.chain import Judgement
from unrig.vet.chain_anchors import Anchors
from unrig.vet.chain_revocation import RevocationLists

NOW = kit.moment(2026)
CODE, TIME = "code_signing", "time_stamping"
ROOT = kit.issue(kit.Wish(name="Root", authority=True))
CA = kit.issue(kit.Wish(name="CA", authority=True), ROOT)
LEAF = kit.issue(kit.Wish(name="Leaf", usages=(kit.CODE,)), CA)
CLOCK = kit.issue(kit.Wish(name="Clock", usages=(kit.TIME,)), CA)


def judge(
    *holders: kit.Holder,
    roots: tuple[kit.Holder, ...] = (ROOT,),
    purpose: str = CODE,
    at: int = NOW,
    crls: tuple[bytes, ...] = (),
) -> Judgement:
    """Judge the first certificate, the others being carried."""
    leaf, *pool = (x509.parse(h.der) for h in holders)
    anchors, lists = Anchors([h.der for h in roots]), RevocationLists(crls)
    return chain.best(chain.paths(leaf, pool, purpose, anchors, lists), purpose, at)


def status(*holders: kit.Holder, **how: object) -> ChainStatus:
    return judge(*holders, **how).status  # type: ignore[arg-type]


def authority(name: str = "CA", issuer: kit.Holder = ROOT, **wish: object) -> kit.Holder:
    return kit.issue(kit.Wish(name=name, authority=True, **wish), issuer)  # type: ignore[arg-type]


def leaf_of(issuer: kit.Holder, **wish: object) -> kit.Holder:
    return kit.issue(kit.Wish(**{"name": "Leaf", "usages": (kit.CODE,), **wish}), issuer)  # type: ignore[arg-type]


def test_a_chain_to_a_trusted_root() -> None:
    told = judge(LEAF, CA)
    assert told == Judgement(status=ChainStatus.TRUSTED, root="CN=Root, O=Unrig Test Lab")
    assert status(LEAF, CA, ROOT) is ChainStatus.TRUSTED
    assert status(CLOCK, CA, purpose=TIME) is ChainStatus.TRUSTED


def test_a_signer_trusted_by_itself() -> None:
    assert status(LEAF, roots=(LEAF,)) is ChainStatus.TRUSTED


def test_a_root_that_nobody_trusts() -> None:
    told = judge(LEAF, CA, ROOT, roots=())
    assert told.status is ChainStatus.UNTRUSTED_ROOT
    assert told.root == "CN=Root, O=Unrig Test Lab"


def test_a_root_of_the_same_name_and_another_key_does_not_help() -> None:
    twin = kit.issue(kit.Wish(name="Root", authority=True), key=kit.rsa_key("twin"))
    assert status(LEAF, CA, ROOT, roots=(twin,)) is ChainStatus.UNTRUSTED_ROOT


def test_an_issuer_that_is_missing() -> None:
    told = judge(LEAF)
    assert told.status is ChainStatus.INCOMPLETE
    assert "CN=CA" in told.reason


def test_an_issuer_of_that_name_that_did_not_sign() -> None:
    impostor = kit.issue(kit.Wish(name="CA", authority=True), ROOT, kit.rsa_key("impostor"))
    assert status(LEAF, impostor) is ChainStatus.INCOMPLETE


def test_of_several_paths_a_trusted_one_counts() -> None:
    other = kit.issue(kit.Wish(name="Other root", authority=True))
    cross = kit.issue(kit.Wish(name="CA", authority=True), other, kit.rsa_key("CA"))
    assert status(LEAF, cross, other, CA) is ChainStatus.TRUSTED
    assert status(LEAF, cross, other) is ChainStatus.UNTRUSTED_ROOT
    assert status(LEAF, cross, CA, roots=(other,)) is ChainStatus.TRUSTED


def test_a_forged_root_bears_a_trusted_name() -> None:
    forged = kit.issue(kit.Wish(name="ROOT", authority=True))
    told = judge(leaf_of(forged), forged)
    assert (told.status, told.impersonates) == (ChainStatus.UNTRUSTED_ROOT, "CN=Root, O=Unrig Test Lab")
    assert judge(leaf_of(forged)).impersonates == "CN=Root, O=Unrig Test Lab"
    below = authority("Forged CA", forged)
    assert judge(leaf_of(below), below, forged).impersonates == "CN=Root, O=Unrig Test Lab"
    assert judge(leaf_of(below), below).impersonates == "CN=Root, O=Unrig Test Lab"


def test_a_forged_root_of_microsoft_s_list() -> None:
    genuine = x509.parse(next(r.der for r in microsoft_roots() if b"DigiCert Trusted Root G4" in r.der))
    forged = kit.issue(kit.Wish(name="DigiCert Trusted Root G4", organisation="DigiCert Inc", authority=True))
    assert judge(leaf_of(forged), forged, roots=()).impersonates == genuine.subject_text


def test_an_honest_unknown_root_impersonates_nobody() -> None:
    other = kit.issue(kit.Wish(name="Other root", authority=True))
    for holders in ((leaf_of(other), other), (leaf_of(other),), (other,)):
        assert judge(*holders).impersonates == ""
    assert judge(LEAF, CA).impersonates == ""


def test_another_certificate_of_a_trusted_key_impersonates_nobody() -> None:
    other = kit.issue(kit.Wish(name="Other root", authority=True))
    cross = kit.issue(kit.Wish(name="Root", authority=True), other, ROOT.key)
    leaf, pool = x509.parse(leaf_of(ROOT).der), [x509.parse(h.der) for h in (cross, other)]
    found = chain.paths(leaf, pool, CODE, Anchors([ROOT.der]), RevocationLists([]))
    assert sorted(bool(p.anchor) for p in found) == [False, True]
    assert [p.fault.impersonates for p in found if p.fault] == [""]


def test_authorities_that_certify_each_other_end_the_walk() -> None:
    a = kit.issue(kit.Wish(name="A", authority=True))
    b_by_a = kit.issue(kit.Wish(name="B", authority=True), a)
    a_by_b = kit.issue(kit.Wish(name="A", authority=True), b_by_a, a.key)
    leaf = leaf_of(a)
    assert status(leaf, a_by_b, b_by_a) is ChainStatus.INCOMPLETE
    assert status(leaf, a_by_b, b_by_a, roots=(a,)) is ChainStatus.TRUSTED


def test_a_path_longer_than_any_real_one_is_not_followed() -> None:
    pool, issuer = [], ROOT
    for number in range(chain.LONGEST + 1):
        issuer = authority(f"CA {number}", issuer)
        pool.append(issuer)
    assert status(leaf_of(issuer), *pool) is ChainStatus.INCOMPLETE


def test_a_mesh_of_certificates_costs_a_bounded_number_of_paths() -> None:
    pool = [
        kit.issue(kit.Wish(name=f"M{a}", authority=True), _mesh(b), _mesh(a).key)
        for a in range(6)
        for b in range(6)
        if a != b
    ]
    leaf = x509.parse(leaf_of(_mesh(0)).der)
    found = chain.paths(leaf, [x509.parse(h.der) for h in pool], CODE, Anchors([]), RevocationLists([]))
    assert len(found) <= chain.MOST_PATHS


def _mesh(number: int) -> kit.Holder:
    return kit.issue(kit.Wish(name=f"M{number}", authority=True, serial=number + 1))


@pytest.mark.parametrize(
    ("years", "at", "expected"),
    [
        ((2015, 2045), kit.moment(2015), ChainStatus.TRUSTED),
        ((2015, 2045), kit.moment(2045), ChainStatus.TRUSTED),
        ((2015, 2045), kit.moment(2045) + 1, ChainStatus.EXPIRED),
        ((2015, 2045), kit.moment(2015) - 1, ChainStatus.EXPIRED),
        ((2018, 2020), NOW, ChainStatus.EXPIRED),
        ((2018, 2020), kit.moment(2019), ChainStatus.TRUSTED),
    ],
)
def test_the_moment_counts(years: tuple[int, int], at: int, expected: ChainStatus) -> None:
    assert status(leaf_of(CA, years=years), CA, at=at) is expected


def test_every_certificate_must_be_valid_at_the_moment() -> None:
    old = authority("Old CA", years=(2015, 2020))
    assert status(leaf_of(old), old, at=kit.moment(2019)) is ChainStatus.TRUSTED
    assert status(leaf_of(old), old) is ChainStatus.EXPIRED
    old_root = kit.issue(kit.Wish(name="Old root", authority=True, years=(2015, 2020)))
    assert status(leaf_of(old_root), roots=(old_root,)) is ChainStatus.EXPIRED


@pytest.mark.parametrize(
    ("usages", "purpose", "expected"),
    [
        ((kit.CODE,), CODE, ChainStatus.TRUSTED),
        ((kit.CLIENT, kit.CODE), CODE, ChainStatus.TRUSTED),
        ((), CODE, ChainStatus.TRUSTED),
        ((kit.CLIENT,), CODE, ChainStatus.WRONG_USAGE),
        ((kit.TIME,), CODE, ChainStatus.WRONG_USAGE),
        ((crypto.ObjectIdentifier("2.5.29.37.0"),), CODE, ChainStatus.TRUSTED),
        ((kit.TIME,), TIME, ChainStatus.TRUSTED),
        ((), TIME, ChainStatus.WRONG_USAGE),
        ((kit.CODE,), TIME, ChainStatus.WRONG_USAGE),
    ],
)
def test_what_a_leaf_may_be_used_for(
    usages: tuple[crypto.ObjectIdentifier, ...], purpose: str, expected: ChainStatus
) -> None:
    assert status(leaf_of(CA, usages=usages), CA, purpose=purpose) is expected


def test_an_authority_s_usages_restrict_those_below() -> None:
    for usages, expected in (((kit.CODE,), ChainStatus.TRUSTED), ((kit.CLIENT,), ChainStatus.WRONG_USAGE)):
        ca = authority("Narrow CA", usages=usages)
        assert status(leaf_of(ca), ca) is expected


def test_who_may_issue() -> None:
    no_authority = kit.issue(kit.Wish(name="No CA"), ROOT)
    assert status(leaf_of(no_authority), no_authority) is ChainStatus.INVALID
    no_signer = authority("No signer", signs_certificates=False)
    told = judge(leaf_of(no_signer), no_signer)
    assert (told.status, "no authority" in told.reason) == (ChainStatus.INVALID, True)


def test_a_root_need_not_say_that_it_is_an_authority() -> None:
    old_root = kit.issue(kit.Wish(name="Root of version 1"))
    assert status(leaf_of(old_root), roots=(old_root,)) is ChainStatus.TRUSTED


@pytest.mark.parametrize(("length", "expected"), [(0, ChainStatus.INVALID), (1, ChainStatus.TRUSTED)])
def test_path_lengths(length: int, expected: ChainStatus) -> None:
    upper = authority("Upper", path_length=length)
    lower = authority("Lower", upper)
    assert status(leaf_of(lower), lower, upper) is expected
    root = kit.issue(kit.Wish(name="Short root", authority=True, path_length=length))
    upper = authority("Upper", root)
    lower = authority("Lower", upper)
    assert status(leaf_of(upper), upper, roots=(root,)) is (ChainStatus.TRUSTED if length else ChainStatus.INVALID)
    assert status(leaf_of(lower), lower, upper, roots=(root,)) is ChainStatus.INVALID


def test_an_unknown_critical_extension_is_refused() -> None:
    for critical, expected in ((True, ChainStatus.INVALID), (False, ChainStatus.TRUSTED)):
        extension = kit.unknown_extension(b"\x05\x00", critical=critical)
        assert status(leaf_of(CA, extensions=(extension,)), CA) is expected


def test_name_constraints_of_an_authority() -> None:
    name = crypto.Name([crypto.NameAttribute(crypto.NameOID.ORGANIZATION_NAME, "Contoso")])
    value = crypto.NameConstraints([crypto.DirectoryName(name)], None)
    ca = authority("Bound CA", extensions=(crypto.Extension(value.oid, True, value),))
    assert status(leaf_of(ca, organisation="Contoso"), ca) is ChainStatus.TRUSTED
    assert status(leaf_of(ca, organisation="Litware"), ca) is ChainStatus.INVALID


def test_a_malformed_extension_makes_a_path_invalid() -> None:
    extension = kit.unknown_extension(b"\x05\x00", oid="2.5.29.37")
    leaf = leaf_of(CA, usages=(), extensions=(extension,))
    told = judge(leaf, CA)
    assert (told.status, "ExtKeyUsage" in told.reason) == (ChainStatus.INVALID, True)


def test_a_certificate_that_names_two_algorithms_is_invalid() -> None:
    raw = x509.parse(kit.raw_certificate(inner_algorithm=write.sequence(write.oid("1.2.840.113549.1.1.5"), write.NULL)))
    assert "two signature algorithms" in chain._own_fault(raw)


def test_revocation_counts_from_its_moment_on() -> None:
    crl = kit.revocation_list(CA, {LEAF.certificate.serial_number: kit.moment(2022)})
    assert status(LEAF, CA, crls=(crl,), at=kit.moment(2022)) is ChainStatus.REVOKED
    assert status(LEAF, CA, crls=(crl,), at=kit.moment(2022) - 1) is ChainStatus.TRUSTED
    assert "1640995200" in judge(LEAF, CA, crls=(crl,)).reason


def test_an_authority_can_be_revoked() -> None:
    crl = kit.revocation_list(ROOT, {CA.certificate.serial_number: kit.moment(2022)})
    assert status(LEAF, CA, crls=(crl,)) is ChainStatus.REVOKED
    assert status(CLOCK, CA, purpose=TIME, crls=(crl,)) is ChainStatus.REVOKED


SIGNED_WITH = {
    "md5": ("1.2.840.113549.1.1.4", hashes.MD5()),
    "sha1": ("1.2.840.113549.1.1.5", hashes.SHA1()),
    "sha256": ("1.2.840.113549.1.1.11", hashes.SHA256()),
}


def signed_with(digest: str) -> kit.Holder:
    """Return a leaf below the plain certificate; the library signs none with SHA-1 any more."""
    oid, algorithm = SIGNED_WITH[digest]
    named = write.sequence(write.oid(oid), write.NULL)
    unsigned = kit.raw_certificate(algorithm=named, inner_algorithm=named, subject=kit.name("Old").public_bytes())
    tbs = x509.parse(unsigned).tbs
    key = kit.rsa_key("Plain")
    signature = key.sign(unsigned[tbs.start : tbs.end], padding.PKCS1v15(), algorithm)
    der = kit.raw_certificate(
        algorithm=named,
        inner_algorithm=named,
        subject=kit.name("Old").public_bytes(),
        signature=write.value(3, b"\0" + signature),
    )
    return kit.Holder(certificate=crypto.load_der_x509_certificate(der), key=key)


@pytest.mark.parametrize(
    ("digest", "words"),
    [("md5", "md5 signs CN=Old, O=Unrig Test Lab"), ("sha1", "sha1 signs CN=Old, O=Unrig Test Lab"), ("sha256", "")],
)
def test_a_weak_digest_is_told_and_no_fault(digest: str, words: str) -> None:
    told = judge(signed_with(digest), roots=(kit.plain_certificate(),))
    assert (told.status, told.reason) == (ChainStatus.TRUSTED, words)


def oracle(*holders: kit.Holder, at: int, usage: str) -> bool:
    """Ask the library whether the path holds."""
    leaf, *pool = (asn1_x509.Certificate.load(h.der) for h in holders)
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(ROOT.der)],
        allow_fetching=False,
        moment=dt.datetime.fromtimestamp(at, dt.UTC),
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(leaf, intermediate_certs=pool, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage(set(), {usage}, extended_optional=True))
    except (PathError, ValidationError):
        return False
    return True


@pytest.mark.parametrize("at", [kit.moment(2014), kit.moment(2019), NOW, kit.moment(2046)])
def test_the_oracle_agrees(at: int) -> None:
    short = authority("Short", path_length=0)
    below = authority("Below", short)
    no_authority = kit.issue(kit.Wish(name="No CA"), ROOT)
    cases = (
        (LEAF, CA),
        (LEAF,),
        (leaf_of(CA, usages=(kit.CLIENT,)), CA),
        (leaf_of(CA, years=(2018, 2020)), CA),
        (leaf_of(short), short),
        (leaf_of(below), below, short),
        (leaf_of(no_authority), no_authority),
        (leaf_of(CA, extensions=(kit.unknown_extension(b"\x05\x00", critical=True),)), CA),
    )
    for holders in cases:
        assert (status(*holders, at=at) is ChainStatus.TRUSTED) is oracle(*holders, at=at, usage="code_signing")
