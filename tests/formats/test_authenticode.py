"""Whole files: what the drill's lab signs, what is broken afterwards, what is hidden where nothing signs."""

from __future__ import annotations

import random
import struct

import lief
import pytest
import signature_kit as kit
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrig.drill.build import _der as write
from unrig.drill.build.certificate_table import Lie, TableSpec
from unrig.drill.build.lab_authority import PUBLISHERS, Standing
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import Digest, Flaw, SigningSpec, TimeStamp
from unrig.formats import authenticode
from unrig.model.errors import FormatError, LimitError
from unrig.model.signature import Nature, SignatureFacts

HIDDEN = PayloadSpec(size=4096)
PAYLOAD = random.Random(3).randbytes(4096)
FLAGS = lief.PE.Signature.VERIFICATION_FLAGS


def read(data: bytes) -> SignatureFacts:
    return authenticode.read(memoryview(data))


def facts(**how: object) -> SignatureFacts:
    return read(kit.signed_file(SigningSpec(**how)))  # type: ignore[arg-type]


def holds(told: SignatureFacts, index: int = 0) -> bool:
    signature = told.signatures[index]
    return signature.signature_valid and signature.digest_declared == signature.digest_computed


def test_an_unsigned_file_has_a_hash_and_nothing_else() -> None:
    told = read(build_pe(PeSpec(), 3))
    assert list(told.hashes) == ["sha256"]
    assert told == SignatureFacts(hashes=told.hashes)


def test_a_signed_file_as_publishers_write_it() -> None:
    data = kit.signed_file()
    told = read(data)
    (signature,) = told.signatures
    assert holds(told)
    assert (told.table_offset, told.table_size) == kit.table_range(data)
    assert (signature.entry, signature.depth, signature.algorithm, signature.failure) == (0, 0, "sha256", "")
    assert signature.signer is not None
    assert PUBLISHERS[0] in signature.signer.subject
    assert all(a.known for a in signature.attributes)
    assert {a.name for a in signature.attributes if not a.signed} == {"RFC3161_COUNTER_SIGNATURE"}
    assert all(c.used and c.odd_bytes is None for c in told.certificates)
    assert (told.between, told.after, told.revocation_lists, told.strays, told.damaged) == (None, None, (), (), ())
    assert told.entries[0].unexplained is None or told.entries[0].unexplained.nonzero == 0


def test_certificates_are_told_with_their_place_and_bytes() -> None:
    data = kit.signed_file()
    told = read(data)
    for certificate in told.certificates:
        span = certificate.span
        assert data[span.offset : span.offset + span.length] == certificate.der
        assert span.sha256 == certificate.sha256
    leaf = next(c for c in told.certificates if c.sha256 == told.signatures[0].certificates[0])
    assert "code_signing" in leaf.usages
    assert told.signatures[0].signer is not None
    assert leaf.spki_sha256 == told.signatures[0].signer.spki_sha256


@pytest.mark.parametrize("digest", list(Digest))
def test_every_digest_is_recomputed(digest: Digest) -> None:
    told = facts(digest=digest)
    assert holds(told)
    assert told.signatures[0].algorithm == digest
    assert set(told.hashes) == {"sha256", str(digest)}
    assert told.signatures[0].digest_computed == told.hashes[digest]


@pytest.mark.parametrize("how", [{}, {"nested": Digest.SHA1}, {"time_stamp": TimeStamp.LEGACY}, {"page_hashes": True}])
@pytest.mark.parametrize("flaw", [Flaw.NONE, Flaw.CODE, Flaw.MESSAGE_DIGEST, Flaw.SIGNATURE])
def test_the_oracle_agrees(how: dict[str, object], flaw: Flaw) -> None:
    data = kit.signed_file(SigningSpec(flaw=flaw, **how))  # type: ignore[arg-type]
    oracle = lief.PE.parse(data).verify_signature(lief.PE.Signature.VERIFICATION_CHECKS.DEFAULT)
    told = read(data)
    assert holds(told) is (oracle == FLAGS.OK)
    assert holds(told) is (flaw is Flaw.NONE)


def test_each_flaw_is_told_for_what_it_is() -> None:
    changed = facts(flaw=Flaw.CODE).signatures[0]
    assert changed.signature_valid
    assert changed.digest_declared != changed.digest_computed
    assert "message digest" in facts(flaw=Flaw.MESSAGE_DIGEST).signatures[0].failure
    assert "not that of the key" in facts(flaw=Flaw.SIGNATURE).signatures[0].failure
    (stamp,) = facts(flaw=Flaw.TIME_STAMP).signatures[0].timestamps
    assert (stamp.verified, stamp.failure) == (False, "the imprint is not that of the signature")


@pytest.mark.parametrize("kind", [TimeStamp.RFC3161, TimeStamp.LEGACY])
def test_time_stamps(kind: TimeStamp) -> None:
    told = facts(time_stamp=kind, time_stamp_at=kit.moment(2024, 5, 6))
    (stamp,) = told.signatures[0].timestamps
    assert (stamp.kind, stamp.at, stamp.verified, stamp.failure) == (kind, kit.moment(2024, 5, 6), True, "")
    assert stamp.signer is not None
    leaf = next(c for c in told.certificates if c.sha256 == stamp.certificates[0])
    assert leaf.usages == ("time_stamping",)
    assert leaf.subject == stamp.signer.subject
    assert all(c.used for c in told.certificates)


def test_the_signer_s_own_words() -> None:
    signature = facts(program="Drill Tool", signing_time=kit.moment(2022)).signatures[0]
    assert (signature.program_name, signature.signing_time) == ("Drill Tool", kit.moment(2022))
    plain = facts().signatures[0]
    assert (plain.program_name, plain.signing_time) == ("", 0)


def test_a_nested_signature_follows_its_outer_one() -> None:
    told = facts(digest=Digest.SHA1, nested=Digest.SHA512)
    assert [(s.depth, s.entry, s.algorithm) for s in told.signatures] == [(0, 0, "sha1"), (1, 0, "sha512")]
    assert holds(told, 0)
    assert holds(told, 1)
    nested = next(a for a in told.signatures[0].attributes if a.name == "SPC_NESTED_SIGNATURE")
    assert nested.known
    assert not nested.signed


@pytest.mark.parametrize("digest", [Digest.SHA1, Digest.SHA256])
def test_page_hashes(digest: Digest) -> None:
    pages = facts(digest=digest, page_hashes=True).signatures[0].page_hashes
    assert pages is not None
    assert (pages.algorithm, pages.matches) == (digest, True)
    changed = facts(digest=digest, page_hashes=True, flaw=Flaw.CODE).signatures[0].page_hashes
    assert changed is not None
    assert not changed.matches


def test_a_payload_behind_the_der() -> None:
    told = facts(table=TableSpec(padding=HIDDEN))
    extra = told.entries[0].unexplained
    assert holds(told)
    assert extra is not None
    assert extra.span.length >= HIDDEN.size
    assert extra.nature is Nature.RANDOM


def test_a_payload_in_an_unsigned_attribute() -> None:
    told = facts(unsigned_attribute=HIDDEN)
    (unknown,) = [a for a in told.signatures[0].attributes if not a.known]
    assert holds(told)
    assert (unknown.signed, unknown.nature) == (False, Nature.RANDOM)
    assert unknown.span.length > HIDDEN.size


def test_a_payload_in_a_certificate_no_chain_uses() -> None:
    told = facts(spare_certificate=HIDDEN)
    (spare,) = [c for c in told.certificates if not c.used]
    assert holds(told)
    assert spare.odd_bytes is not None
    assert (spare.odd_bytes.span.length, spare.odd_bytes.nature) == (HIDDEN.size, Nature.RANDOM)


def test_its_benign_twin_is_text() -> None:
    (spare,) = [c for c in facts(attribution=4096).certificates if not c.used]
    assert spare.odd_bytes is not None
    assert spare.odd_bytes.nature is Nature.ASCII


def test_a_payload_in_a_crl() -> None:
    (listed,) = facts(spare_crl=HIDDEN).revocation_lists
    assert (listed.nature, listed.span.length > HIDDEN.size) == (Nature.RANDOM, True)


@pytest.mark.parametrize("place", ["between", "after", "second"])
def test_a_payload_around_the_entries(place: str) -> None:
    told = facts(table=TableSpec(**{place: HIDDEN}))
    found = {
        "between": told.between,
        "after": told.after,
        "second": told.entries[-1].unexplained,
    }
    extra = found.pop(place)
    assert extra is not None
    assert (extra.nature, extra.span.length) == (Nature.RANDOM, HIDDEN.size)
    assert told.signatures[0].signature_valid


def test_several_entries_are_all_read() -> None:
    told = facts(table=TableSpec(entries=3, padding=PayloadSpec(size=300, kind=Kind.ASCII)))
    assert [s.entry for s in told.signatures] == [0, 1, 2]
    assert all(holds(told, index) for index in range(3))


@pytest.mark.parametrize("lie", [lie for lie in Lie if lie not in (Lie.NONE, Lie.LENGTH_UNALIGNED)])
def test_a_table_that_lies_is_damage(lie: Lie) -> None:
    assert facts(table=TableSpec(lie=lie)).damaged


@pytest.mark.parametrize("lie", [Lie.LENGTH_HUGE, Lie.LENGTH_BEYOND, Lie.DIRECTORY_BEYOND, Lie.LENGTH_UNALIGNED])
def test_a_lie_does_not_hide_the_signature(lie: Lie) -> None:
    assert holds(facts(table=TableSpec(lie=lie)))


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda der: der + b"", ""),
        (lambda der: write.sequence(der[4:], write.octets(PAYLOAD)), "ContentInfo"),
        (lambda der: write.sequence(write.octets(PAYLOAD)), "certificate table: no signed data"),
    ],
)
def test_a_value_that_is_not_all_signed_data(edit: object, what: str) -> None:
    data = kit.signed_file()
    told = read(kit.with_table(data, edit(kit.signature_of(data))))  # type: ignore[operator]
    assert [s.what for s in told.strays] == ([what] if what else [])
    if what:
        assert told.strays[0].bytes.nature is Nature.RANDOM


def spare(*ders: bytes) -> bytes:
    """Return a signed file that carries more certificates."""

    def add(signed: asn1_cms.SignedData) -> None:
        for der in ders:
            signed["certificates"].append(asn1_cms.CertificateChoices.load(der))

    return kit.edited(kit.signed_file(), add)


def test_what_stands_for_a_certificate_and_is_none_is_told() -> None:
    data = kit.signed_file()
    signature = kit.signature_of(data)
    odd = write.sequence(write.octets(PAYLOAD))
    certificates = b"".join(c.dump() for c in asn1_cms.ContentInfo.load(signature)["content"]["certificates"])
    info = asn1_cms.ContentInfo.load(signature)["content"]
    rebuilt = write.sequence(
        write.oid("1.2.840.113549.1.7.2"),
        write.tagged(
            0,
            write.sequence(
                write.integer(1),
                info["digest_algorithms"].dump(),
                info["encap_content_info"].dump(),
                write.tagged(0, certificates, odd),
                info["signer_infos"].dump(),
            ),
        ),
    )
    told = read(kit.with_table(data, rebuilt))
    assert holds(told)
    (stray,) = told.strays
    assert (stray.what, stray.bytes.span.length > len(PAYLOAD)) == ("certificates: no certificate", True)
    assert any("certificate at" in d for d in told.damaged)


def test_a_certificate_of_the_same_name_as_the_authority_is_not_used() -> None:
    told = read(kit.signed_file())
    authority = next(c for c in told.certificates if "CA" in c.subject)
    oracle = asn1_cms.Certificate.load(authority.der)
    twin = kit.raw_certificate(subject=oracle.subject.dump(), extensions=(kit.raw_extension("2.999.1", PAYLOAD),))
    (unused,) = [c for c in read(spare(twin)).certificates if not c.used]
    assert unused.subject == authority.subject
    assert unused.odd_bytes is not None
    assert unused.odd_bytes.nature is Nature.RANDOM


def test_a_huge_certificate_is_told_without_its_bytes() -> None:
    big = kit.raw_certificate(extensions=(kit.raw_extension("2.999.1", PAYLOAD * 20),))
    (unused,) = [c for c in read(spare(big)).certificates if not c.used]
    assert unused.der == b""
    assert unused.odd_bytes is not None
    assert unused.odd_bytes.span.length == len(PAYLOAD) * 20


def test_certificates_beyond_the_limit_are_strays() -> None:
    many = [kit.raw_certificate(serial=b"\x02\x01" + bytes((n,))) for n in range(80)]
    told = read(spare(*many))
    assert len(told.certificates) == 64
    assert len(told.strays) >= 80 + len(read(kit.signed_file()).certificates) - 64


def test_a_second_signer_is_a_stray() -> None:
    def add(signed: asn1_cms.SignedData) -> None:
        signed["signer_infos"].append(signed["signer_infos"][0].copy())

    told = read(kit.edited(kit.signed_file(), add))
    assert len(told.signatures) == 1
    assert "signerInfos" in [s.what for s in told.strays]


def test_a_signature_without_signer_is_told() -> None:
    def empty(signed: asn1_cms.SignedData) -> None:
        signed["signer_infos"] = asn1_cms.SignerInfos([])

    (signature,) = read(kit.edited(kit.signed_file(), empty)).signatures
    assert (signature.signature_valid, signature.failure, signature.signer) == (False, "there is no signer", None)


def test_content_that_is_no_digest_of_a_file_is_told() -> None:
    content = write.sequence(write.octets(PAYLOAD))
    for kind in ("1.3.6.1.4.1.311.2.1.4", "2.999.1"):
        how = kit.Signing(content_type=kind)
        told = read(kit.with_table(kit.signed_file(), kit.own_signature(kit.plain_certificate(), content, how)))
        (signature,) = told.signatures
        assert not signature.signature_valid
        assert "not the digest of a file" in signature.failure
        assert told.damaged
        assert [s.what for s in told.strays] == ["content"]


def own(holder: kit.Holder, how: kit.Signing) -> SignatureFacts:
    """Read a file signed by the test itself."""
    data = kit.signed_file()
    return read(kit.with_table(data, kit.own_signature(holder, kit.content_of(data), how)))


def test_signers_of_every_kind_of_key() -> None:
    curve, edwards = ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()
    rsa = kit.rsa_key("pss")
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA1()), salt_length=20)
    cases = (
        (curve, "1.2.840.10045.4.3.2", lambda m: curve.sign(m, ec.ECDSA(hashes.SHA256()))),
        (edwards, "1.3.101.112", edwards.sign),
        (rsa, "1.2.840.113549.1.1.10", lambda m: rsa.sign(m, pss, hashes.SHA1())),
    )
    for key, oid, sign in cases:
        holder = kit.issue(kit.Wish(name="Signer"), key=key)
        told = own(holder, kit.Signing(algorithm=write.sequence(write.oid(oid)), sign=sign))
        assert holds(told), told.signatures[0].failure


def signature_value(data: bytes) -> bytes:
    return bytes(asn1_cms.ContentInfo.load(kit.signature_of(data))["content"]["signer_infos"][0]["signature"].native)


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        ("1.3.6.1.4.1.311.3.3.1", write.octets(PAYLOAD)),
        ("1.3.6.1.4.1.311.3.3.1", write.sequence(write.octets(PAYLOAD))),
        ("1.2.840.113549.1.9.6", write.sequence(write.octets(PAYLOAD))),
        ("1.3.6.1.4.1.311.2.4.1", write.octets(PAYLOAD)),
        ("1.3.6.1.4.1.311.2.4.1", write.sequence(write.octets(PAYLOAD))),
        ("1.2.840.113549.1.9.16.2.14", write.octets(PAYLOAD)),
        ("1.2.840.113549.1.9.5", write.octets(PAYLOAD)),
        ("1.3.6.1.4.1.311.2.6.1", write.octets(PAYLOAD)),
    ],
)
def test_a_payload_under_a_known_name_is_not_known(oid: str, value: bytes) -> None:
    told = own(kit.plain_certificate(), kit.Signing(more_unsigned=(kit.attribute(oid, value),)))
    (hidden,) = [a for a in told.signatures[0].attributes if not a.signed]
    assert holds(told)
    assert not hidden.known
    assert hidden.nature is Nature.RANDOM
    assert hidden.oid == oid


def test_a_payload_beside_a_genuine_time_stamp_is_not_known() -> None:
    clock = kit.issue(kit.Wish(name="Clock", usages=(kit.TIME,)))
    genuine = kit.token(clock, b"whatever", 5)
    stamp = kit.attribute("1.3.6.1.4.1.311.3.3.1", genuine, write.octets(PAYLOAD))
    told = own(kit.plain_certificate(), kit.Signing(more_unsigned=(stamp,)))
    assert [a.known for a in told.signatures[0].attributes if not a.signed] == [False]
    assert len(told.signatures[0].timestamps) == 1
    assert told.damaged


def test_a_payload_in_the_unsigned_attributes_of_a_time_stamp() -> None:
    clock = kit.issue(kit.Wish(name="Clock", usages=(kit.TIME,)))
    hidden = kit.attribute("2.999.4", write.octets(PAYLOAD))
    how = kit.Signing(content_type="1.2.840.113549.1.9.16.1.4", more_unsigned=(hidden,))
    stamp = kit.attribute("1.3.6.1.4.1.311.3.3.1", kit.token(clock, b"whatever", 5, how=how))
    told = own(kit.plain_certificate(), kit.Signing(more_unsigned=(stamp,)))
    (unknown,) = [a for a in told.signatures[0].attributes if not a.known]
    assert (unknown.oid, unknown.nature) == ("2.999.4", Nature.RANDOM)


def test_a_payload_in_the_corners_of_a_legacy_counter_signature() -> None:
    clock = kit.issue(kit.Wish(name="Clock", usages=(kit.TIME,)))
    inner = kit.signer_info(clock, b"whatever", kit.Signing())[4:]
    stamp = kit.attribute("1.2.840.113549.1.9.6", write.sequence(inner, write.octets(PAYLOAD)))
    told = own(kit.plain_certificate(), kit.Signing(more_unsigned=(stamp,)))
    assert [s.what for s in told.strays] == ["SignerInfo"]


def test_nesting_without_end_meets_its_limit() -> None:
    data = kit.signed_file()
    nested = kit.own_signature(kit.plain_certificate(), kit.content_of(data))
    for _ in range(authenticode.DEEPEST + 3):
        more = (kit.attribute("1.3.6.1.4.1.311.2.4.1", nested),)
        nested = kit.own_signature(kit.plain_certificate(), kit.content_of(data), kit.Signing(more_unsigned=more))
    told = read(kit.with_table(data, nested))
    assert [s.depth for s in told.signatures] == list(range(authenticode.DEEPEST + 1))
    assert any("deep" in d for d in told.damaged)


def test_signatures_without_number_meet_their_limit() -> None:
    data = kit.signed_file()
    told = read(kit.with_table(data, *[kit.signature_of(data)] * (authenticode.MOST_SIGNATURES + 3)))
    assert len(told.signatures) == authenticode.MOST_SIGNATURES
    assert len(told.damaged) == 3


def test_a_name_cannot_bring_control_characters_along() -> None:
    def rename(signed: asn1_cms.SignedData) -> None:
        pass

    told = read(kit.edited(kit.signed_file(SigningSpec(standing=Standing.SELF_ISSUED)), rename))
    assert all(c.subject.isprintable() for c in told.certificates)


def test_what_is_no_pe_is_refused() -> None:
    for data in (b"", b"MZ", build_pe(PeSpec(), 3)[:0x90]):
        with pytest.raises(FormatError):
            read(data)


RICH = SigningSpec(nested=Digest.SHA1, page_hashes=True, attribution=64, spare_crl=PayloadSpec(size=32))
LEGACY = SigningSpec(time_stamp=TimeStamp.LEGACY, program="x", signing_time=1)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_flipped_or_cut_byte_is_a_value_or_an_error_by_name(data: st.DataObject) -> None:
    raw = bytearray(kit.signed_file(data.draw(st.sampled_from((RICH, LEGACY)))))
    offset, _ = kit.table_range(bytes(raw))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.one_of(st.integers(offset, len(raw) - 1), st.integers(0, 0x3FF)))
        raw[place] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from((0, 0x30, 0x80, 0xFF))))
    cut = data.draw(st.one_of(st.just(len(raw)), st.integers(0, len(raw))))
    try:
        told = read(bytes(raw[:cut]))
    except (FormatError, LimitError):
        return
    assert len(told.hashes["sha256"]) == 64


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_flipped_byte_of_the_image_never_keeps_the_digest(data: st.DataObject) -> None:
    raw = bytearray(kit.signed_file())
    offset, _ = kit.table_range(bytes(raw))
    place = data.draw(st.integers(0x200, offset - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        told = read(bytes(raw))
    except FormatError:
        return
    assert not told.signatures or not holds(told)


def test_a_table_of_another_file_does_not_fit() -> None:
    data, other = kit.signed_file(), build_pe(PeSpec(code_variant=3), 12)
    offset, size = kit.table_range(data)
    padded = other + bytes(-len(other) % 8)
    moved = kit.with_table(kit.signed_file(), kit.signature_of(data))
    assert holds(read(moved))
    at = int.from_bytes(padded[0x3C:0x40], "little") + 24 + 112 + 32
    grafted = padded[:at] + struct.pack("<II", len(padded), size) + padded[at + 8 :] + data[offset : offset + size]
    told = read(grafted)
    assert told.signatures[0].signature_valid
    assert not holds(told)
