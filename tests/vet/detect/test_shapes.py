"""Shapes that the drill's writers do not make: forged certificates, crowds of them, names that lie, odd facts."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
import pytest
import signature_kit as kit
from asn1crypto import cms as asn1_cms
from findings_kit import FOLDER, RELEASE, release, some_bytes, view

from unrig.formats import authenticode
from unrig.model.change import Change, ChangeKind
from unrig.model.identity import Signer
from unrig.model.levels import Severity
from unrig.model.rule import ChangeView, Hit
from unrig.model.signature import (
    Certificate,
    Chain,
    ChainStatus,
    Nature,
    Signature,
    SignatureFacts,
    Stray,
    TableEntry,
    TrustFacts,
)
from unrig.model.strings import FoundString, StringFacts
from unrig.vet.detect import (
    altered_after_signing,
    reader_and_carrier,
    signature_padding,
    signature_spare_content,
    signer_changed,
    untrusted_chain,
)

PAYLOAD = random.Random(5).randbytes(60_000)
SIGNATURE = Signature(
    entry=0,
    depth=0,
    algorithm="sha256",
    digest_declared="a",
    digest_computed="a",
    signature_valid=True,
    signer=Signer(subject="CN=Drill"),
)


def severities(hits: Iterator[Hit]) -> list[Severity | None]:
    return [hit.severity for hit in hits]


def carrying(*ders: bytes) -> SignatureFacts:
    """Return the facts of a signed file to which certificates were added."""

    def add(signed: asn1_cms.SignedData) -> None:
        for der in ders:
            signed["certificates"].append(asn1_cms.CertificateChoices.load(der))

    return authenticode.read(memoryview(kit.edited(kit.signed_file(), add)))


def test_a_certificate_on_the_path_may_carry_a_payload_too() -> None:
    """Anybody can write a certificate with the authority's name and public key: it verifies what the authority signed."""
    authority = next(c for c in authenticode.read(memoryview(kit.signed_file())).certificates if "CA" in c.subject)
    parsed = asn1_cms.Certificate.load(authority.der)
    forged = kit.raw_certificate(
        subject=parsed.subject.dump(),
        key=parsed.public_key.dump(),
        extensions=(kit.raw_extension("2.999.1", PAYLOAD),),
    )
    facts = carrying(forged)
    assert all(certificate.used for certificate in facts.certificates)
    assert severities(signature_spare_content.check(facts)) == [Severity.CRITICAL]


def test_a_crowd_of_spare_certificates_is_told_although_none_is_odd() -> None:
    many = [kit.raw_certificate(serial=b"\x02\x01" + bytes((n,))) for n in range(40)]
    assert severities(signature_spare_content.check(carrying(*many[:12]))) == []
    (hit,) = signature_spare_content.check(carrying(*many[:13]))
    assert hit.severity is Severity.MEDIUM
    assert len(hit.spans) == 13


def test_a_payload_split_over_many_certificates_is_weighed_as_one() -> None:
    pieces = [
        kit.raw_certificate(serial=b"\x02\x01" + bytes((n,)), extensions=(kit.raw_extension("2.999.1", PAYLOAD[:400]),))
        for n in range(6)
    ]
    assert severities(signature_spare_content.check(carrying(pieces[0]))) == [Severity.LOW]
    assert severities(signature_spare_content.check(carrying(*pieces))) == [Severity.HIGH] * 6


def test_a_value_that_is_no_signature_is_content() -> None:
    octets = b"\x04\x83" + len(PAYLOAD).to_bytes(3, "big") + PAYLOAD
    table = b"\x30\x83" + len(octets).to_bytes(3, "big") + octets
    facts = authenticode.read(memoryview(kit.with_table(kit.signed_file(), table)))
    assert facts.signatures == ()
    assert severities(signature_spare_content.check(facts)) == [Severity.CRITICAL]


@pytest.mark.parametrize(
    ("nature", "length", "expected"),
    [
        (Nature.ZEROS, 9_000, Severity.LOW),
        (Nature.ASCII, 9_000, Severity.LOW),
        (Nature.RANDOM, 511, Severity.LOW),
        (Nature.RANDOM, 512, Severity.HIGH),
        (Nature.STRUCTURED, 49_856, Severity.HIGH),
        (Nature.STRUCTURED, 49_921, Severity.CRITICAL),
        (Nature.RANDOM, 4_691, Severity.HIGH),
        (Nature.RANDOM, 4_692, Severity.CRITICAL),
        (Nature.RANDOM, 29_791, Severity.CRITICAL),
        (Nature.RANDOM, 29_792, Severity.HIGH),
        (Nature.RANDOM, 29_857, Severity.CRITICAL),
    ],
)
def test_strays_by_size_and_nature(nature: Nature, length: int, expected: Severity) -> None:
    facts = SignatureFacts(strays=(Stray(what="SignedData", bytes=some_bytes(9, length, nature)),))
    assert severities(signature_spare_content.check(facts)) == [expected]


def entry(index: int, length: int, nature: Nature, **more: object) -> TableEntry:
    extra = some_bytes(10_000 * index, length, nature, **more)
    return TableEntry(index=index, offset=0, declared_length=0, revision=0x200, type=2, der_length=1, unexplained=extra)


def test_sixty_four_entries_of_a_few_bytes_each() -> None:
    entries = tuple(entry(n, 8, Nature.STRUCTURED) for n in range(64))
    assert set(severities(signature_padding.check(SignatureFacts(entries=entries)))) == {Severity.CRITICAL}
    assert severities(signature_padding.check(SignatureFacts(entries=entries[:1]))) == [Severity.MEDIUM]


def test_sixty_four_entries_of_text_below_the_limit_each() -> None:
    entries = tuple(entry(n, 9_000, Nature.ASCII) for n in range(64))
    assert set(severities(signature_padding.check(SignatureFacts(entries=entries)))) == {Severity.HIGH}
    assert severities(signature_padding.check(SignatureFacts(entries=entries[:1]))) == [Severity.LOW]


def test_seven_bytes_of_alignment_that_are_not_zero_are_told() -> None:
    assert severities(signature_padding.check(SignatureFacts(entries=(entry(0, 7, Nature.STRUCTURED),)))) == [
        Severity.MEDIUM
    ]
    assert severities(signature_padding.check(SignatureFacts(entries=(entry(0, 7, Nature.ZEROS),)))) == []
    assert severities(signature_padding.check(SignatureFacts(entries=(entry(0, 8, Nature.ZEROS),)))) == [Severity.LOW]


def signed_by(subject: str, status: ChainStatus | None = None) -> tuple[object, ...]:
    signature = msgspec.structs.replace(SIGNATURE, signer=Signer(subject=subject))
    chains = (Chain(signature=0, purpose="code_signing", status=status, at=0, timed_by="now"),) if status else ()
    return SignatureFacts(signatures=(signature,)), TrustFacts(chains=chains)


def changed(before: tuple[object, ...], after: tuple[object, ...]) -> list[Severity | None]:
    old, new = view("a.dll", "1", *before, release=RELEASE), view("a.dll", "2", *after, release=FOLDER)
    change = Change(kind=ChangeKind.CHANGED, before=old.artifact, after=new.artifact, family="file", what="")
    return severities(signer_changed.check(ChangeView(change=change, before=old, after=new)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("CN=A, O=Drill Ltd", "CN=B, O=Drill Ltd", []),
        ("CN=A, O=Drill Ltd", "CN=A, O=DRILL LTD", []),
        ("CN=A, O=Drill Ltd", "CN=A, O=Other Ltd", [Severity.MEDIUM]),
        ("O=Drill Ltd, CN=A", r"CN=A\, O\=Drill Ltd, O=Other", [Severity.MEDIUM]),
        ("CN=A, O=Drill Ltd", r"CN=B\, O=Drill Ltd, C=SE", [Severity.MEDIUM]),
        (r"CN=A, O=Drill\, Ltd", r"CN=B, O=Drill\, Ltd", []),
        (r"CN=A, O=Drill\, Ltd", r"CN=B, O=Drill\, Inc", [Severity.MEDIUM]),
        ("CN=A+O=Drill Ltd", "CN=B+O=Drill Ltd", []),
        ("CN=A", "CN=A", []),
        ("CN=A", "CN=B", [Severity.MEDIUM]),
        ("L=Somewhere", "L=Somewhere", []),
    ],
)
def test_the_organisation_is_read_as_rfc_4514_writes_it(before: str, after: str, expected: list[Severity]) -> None:
    assert changed(signed_by(before), signed_by(after)) == expected


@pytest.mark.parametrize("now", [s for s in ChainStatus if s is not ChainStatus.TRUSTED])
def test_a_trusted_chain_that_is_none_any_more(now: ChainStatus) -> None:
    later = now in (ChainStatus.EXPIRED, ChainStatus.REVOKED)  # signing-time's
    name = "CN=A, O=Drill"
    assert changed(signed_by(name, ChainStatus.TRUSTED), signed_by(name, now)) == ([] if later else [Severity.HIGH])
    assert changed(signed_by(name, now), signed_by(name, now)) == []
    assert changed(signed_by(name), signed_by(name, now)) == []


def test_only_what_was_signed_can_lose_its_signature() -> None:
    unsigned: tuple[object, ...] = (SignatureFacts(),)
    assert changed(signed_by("CN=A"), unsigned) == [Severity.HIGH]
    assert changed(signed_by("CN=A"), (SignatureFacts(signatures=(msgspec.structs.replace(SIGNATURE, signer=None),)),))
    assert changed(unsigned, signed_by("CN=A")) == []


def test_a_time_stamps_chain_is_not_the_signers() -> None:
    stamp = Chain(signature=0, purpose="time_stamping", status=ChainStatus.INCOMPLETE, at=0, timed_by="time_stamp")
    facts = SignatureFacts(signatures=(SIGNATURE,))
    assert list(untrusted_chain.check(facts, TrustFacts(chains=(stamp,)))) == []
    signer = msgspec.structs.replace(stamp, purpose="code_signing")
    assert severities(untrusted_chain.check(facts, TrustFacts(chains=(stamp, signer)))) == [Severity.LOW]


def test_several_good_twins_are_all_good() -> None:
    """What one known good copy carries is nothing new in another."""
    plain = SignatureFacts(hashes={"sha256": "h"}, signatures=(SIGNATURE,), table_offset=1, table_size=9)
    tagged = msgspec.structs.replace(plain, entries=(entry(0, 900, Nature.RANDOM),))
    good = (view("g/1.dll", "1", plain), view("g/2.dll", "2", tagged))
    seen = release(view("a.dll", "3", msgspec.structs.replace(tagged, table_size=10)), good=good)
    assert severities(altered_after_signing.check(seen)) == [Severity.INFO]
    unsigned = view("g/3.dll", "4", SignatureFacts(hashes={"sha256": "h"}))
    assert severities(altered_after_signing.check(release(*seen.artifacts, good=(unsigned,)))) == []
    assert severities(altered_after_signing.check(release(*seen.artifacts, good=good[:1]))) == [Severity.HIGH]


def test_two_carriers_of_one_name_are_both_told() -> None:
    table = SignatureFacts(table_size=9, entries=(entry(0, 5_000, Nature.RANDOM),))
    strings = StringFacts(file_names=(FoundString(text="c.dll", offset=7, encoding="ascii"),))
    sources = [view("x/c.dll", "1", table), view("y/c.dll", "2", table)]
    reader = view("r.dll", "3", strings, SignatureFacts())
    assert list(reader_and_carrier.check(release(*sources, reader))) == []  # it imports nothing that reads
    names = sorted(carrier.view.artifact.path for carrier in reader_and_carrier._carriers(sources)["c.dll"])
    assert names == ["x/c.dll", "y/c.dll"]


def test_certificates_without_content_of_their_own_say_nothing() -> None:
    spare = Certificate(
        sha256="0",
        subject="CN=Spare",
        issuer="CN=Spare",
        serial="1",
        spki_sha256="",
        not_before=0,
        not_after=1,
        span=some_bytes(0, 1).span,
        used=False,
    )
    assert list(signature_spare_content.check(SignatureFacts(certificates=(spare,) * 12))) == []
