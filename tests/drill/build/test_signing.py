"""Signatures judged by LIEF, asn1crypto and cryptography; where osslsigncode is installed, by it too."""

from __future__ import annotations

import base64
import hashlib
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import lief
import pytest
from asn1crypto import cms, core, parser, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.lab_authority import PUBLISHERS, Standing, lab_roots
from unrig.drill.build.payload import MARKER, Kind, PayloadSpec
from unrig.drill.build.pe_spec import Machine, PeSpec
from unrig.drill.build.signing import Digest, Flaw, SigningSpec, TimeStamp, signed_pe

Parse = Callable[[bytes], lief.PE.Binary]
FLAGS = lief.PE.Signature.VERIFICATION_FLAGS
CHECKS = lief.PE.Signature.VERIFICATION_CHECKS
SEED = 31
PE = PeSpec(version={"FileVersion": "1.2.3.4"})
AT = 1_677_800_000
UNKNOWN_ATTRIBUTE = "2.999.3"
RFC3161 = "1.3.6.1.4.1.311.3.3.1"
NESTED = "1.3.6.1.4.1.311.2.4.1"
INDIRECT = "1.3.6.1.4.1.311.2.1.4"


def table_of(data: bytes) -> bytes:
    optional = int.from_bytes(data[0x3C:0x40], "little") + 24
    at = optional + (112 if data[optional : optional + 2] == b"\x0b\x02" else 96) + 32
    offset, size = struct.unpack_from("<II", data, at)
    return data[offset : offset + size]


def signature(signing: SigningSpec, spec: PeSpec = PE) -> cms.SignedData:
    """Return the outer SignedData as asn1crypto reads it."""
    return cms.ContentInfo.load(table_of(signed_pe(spec, signing, SEED))[8:])["content"]


def unsigned(signed: cms.SignedData) -> dict[str, list[core.Asn1Value]]:
    attributes = signed["signer_infos"][0]["unsigned_attrs"]
    if isinstance(attributes, core.Void):
        return {}
    return {each["type"].dotted: list(each["values"]) for each in attributes}


def issued(signed: cms.SignedData, serial: int) -> x509.Certificate:
    found = (x509.load_der_x509_certificate(each.chosen.dump()) for each in signed["certificates"])
    return next(certificate for certificate in found if certificate.serial_number == serial)


def verify(info: cms.SignerInfo, certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> None:
    """Verify the signature over the SET OF signed attributes (RFC 5652, 5.4)."""
    attributes = b"\x31" + info["signed_attrs"].dump()[1:]
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(info["signature"].native, attributes, padding.PKCS1v15(), algorithm)


def signed_attributes(info: cms.SignerInfo) -> dict[str, core.Asn1Value]:
    return {each["type"].dotted: each["values"][0] for each in info["signed_attrs"]}


@pytest.mark.parametrize("machine", list(Machine))
@pytest.mark.parametrize("digest", list(Digest))
def test_every_digest_verifies(parse: Parse, digest: Digest, machine: Machine) -> None:
    spec = structs.replace(PE, machine=machine, overlay=PayloadSpec(size=13))
    pe = parse(signed_pe(spec, SigningSpec(digest=digest), SEED))
    assert pe.verify_signature() == FLAGS.OK
    assert pe.verify_signature(CHECKS.HASH_ONLY) == FLAGS.OK
    assert pe.optional_header.checksum == pe.compute_checksum()
    (found,) = list(pe.signatures)
    assert found.digest_algorithm == getattr(
        lief.PE.ALGORITHMS, digest.value.upper().replace("SHA", "SHA_").replace("_1", "_1")
    )


@pytest.mark.parametrize("digest", list(Digest))
def test_the_signer_signed_the_attributes(digest: Digest) -> None:
    signed = signature(SigningSpec(digest=digest))
    info = signed["signer_infos"][0]
    certificate = issued(signed, info["sid"].chosen["serial_number"].native)
    algorithm = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    verify(info, certificate, algorithm.get(digest, hashes.SHA256()))
    tagged = parser.parse(signed["encap_content_info"]["content"].dump())[4]
    inner = parser.parse(tagged)[4]
    attributes = signed_attributes(info)
    assert attributes["1.2.840.113549.1.9.4"].native == hashlib.new(digest, inner).digest()
    assert attributes["1.2.840.113549.1.9.3"].dotted == INDIRECT


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**40))
def test_same_seed_same_bytes(seed: int) -> None:
    signing = SigningSpec(nested=Digest.SHA512, unsigned_attribute=PayloadSpec(size=50), attribution=40)
    assert signed_pe(PE, signing, seed) == signed_pe(PE, signing, seed)


def test_the_chain_leads_to_the_lab_root() -> None:
    signed = signature(SigningSpec(publisher=PUBLISHERS[2]))
    leaf, authority = (x509.load_der_x509_certificate(each.chosen.dump()) for each in signed["certificates"])
    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(x509.load_der_x509_certificate(lab_roots()[0]))
    assert PUBLISHERS[2] in leaf.subject.rfc4514_string()


def test_rfc3161_token_covers_the_signature() -> None:
    signed = signature(SigningSpec(time_stamp_at=AT))
    (token,) = unsigned(signed)[RFC3161]
    stamped = cms.ContentInfo.load(token.dump())["content"]
    info = stamped["encap_content_info"]["content"].parsed
    assert isinstance(info, tsp.TSTInfo)
    assert info["gen_time"].native.timestamp() == AT
    imprint = hashlib.sha256(signed["signer_infos"][0]["signature"].native).digest()
    assert info["message_imprint"]["hashed_message"].native == imprint
    stamper = stamped["signer_infos"][0]
    certificate = issued(stamped, stamper["sid"].chosen["serial_number"].native)
    verify(stamper, certificate, hashes.SHA256())
    attributes = signed_attributes(stamper)
    assert attributes["1.2.840.113549.1.9.4"].native == hashlib.sha256(info.dump()).digest()
    named = attributes["1.2.840.113549.1.9.16.2.47"]["certs"][0]["cert_hash"].native
    assert named == hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


def test_legacy_counter_signature_covers_the_signature() -> None:
    signed = signature(SigningSpec(time_stamp=TimeStamp.LEGACY, time_stamp_at=AT))
    (value,) = unsigned(signed)["1.2.840.113549.1.9.6"]
    counter = cms.SignerInfo.load(value.dump())
    verify(counter, issued(signed, counter["sid"].chosen["serial_number"].native), hashes.SHA1())
    attributes = signed_attributes(counter)
    assert attributes["1.2.840.113549.1.9.5"].native.timestamp() == AT
    imprint = hashlib.sha1(signed["signer_infos"][0]["signature"].native).digest()
    assert attributes["1.2.840.113549.1.9.4"].native == imprint


def test_no_time_stamp_no_unsigned_attributes() -> None:
    assert unsigned(signature(SigningSpec(time_stamp=TimeStamp.NONE))) == {}


def test_a_nested_signature_is_over_the_same_file(parse: Parse) -> None:
    signing = SigningSpec(digest=Digest.SHA1, nested=Digest.SHA256, spare_certificate=PayloadSpec(size=100))
    outer = signature(signing)
    (value,) = unsigned(outer)[NESTED]
    inner = cms.ContentInfo.load(value.dump())["content"]
    assert inner["digest_algorithms"][0]["algorithm"].native == "sha256"
    assert len(inner["certificates"]) == 2
    authentihash = parse(signed_pe(PE, signing, SEED)).authentihash(lief.PE.ALGORITHMS.SHA_256)
    assert bytes(authentihash) in inner["encap_content_info"]["content"].dump()
    assert NESTED not in unsigned(inner)


def test_program_name_and_signing_time(parse: Parse) -> None:
    signing = SigningSpec(program="Drill Über", program_address="https://drill.invalid/about", signing_time=AT - 60)
    pe = parse(signed_pe(PE, signing, SEED))
    assert pe.verify_signature() == FLAGS.OK
    attributes = signed_attributes(signature(signing)["signer_infos"][0])
    assert attributes["1.2.840.113549.1.9.5"].native.timestamp() == AT - 60
    opus = attributes["1.3.6.1.4.1.311.2.1.12"].dump()
    assert "Drill Über".encode("utf-16-be") in opus
    assert b"https://drill.invalid/about" in opus


def test_payload_in_an_unsigned_attribute(parse: Parse) -> None:
    signing = SigningSpec(unsigned_attribute=PayloadSpec(size=3_000))
    (value,) = unsigned(signature(signing))[UNKNOWN_ATTRIBUTE]
    hidden = core.OctetString.load(value.dump()).native
    assert hidden.startswith(MARKER)
    assert len(hidden) == 3_000
    assert parse(signed_pe(PE, signing, SEED)).verify_signature() == FLAGS.OK


def test_payload_in_a_spare_certificate_and_crl(parse: Parse) -> None:
    signing = SigningSpec(spare_certificate=PayloadSpec(size=2_000), spare_crl=PayloadSpec(size=1_000), attribution=300)
    signed = signature(signing)
    assert len(signed["certificates"]) == 4
    names = [each.chosen.subject.native["common_name"] for each in signed["certificates"]]
    assert [name.split("PUBLISHER ")[1] for name in names] == ["Signer", "Code Signing CA", "Download Tag", "Spare"]
    assert signed["certificates"][3].chosen.dump().count(MARKER) == 1
    tag = signed["certificates"][2].chosen.dump()
    assert b"&tag000=" in tag
    assert MARKER in signed["crls"][0].dump()
    assert parse(signed_pe(PE, signing, SEED)).verify_signature() == FLAGS.OK


@pytest.mark.parametrize("flaw", [Flaw.CODE, Flaw.MESSAGE_DIGEST, Flaw.SIGNATURE])
def test_flaws_are_seen(parse: Parse, flaw: Flaw) -> None:
    assert parse(signed_pe(PE, SigningSpec(flaw=flaw), SEED)).verify_signature() != FLAGS.OK


def test_broken_code_still_only_returns() -> None:
    honest, broken = (signed_pe(PE, SigningSpec(flaw=flaw), SEED) for flaw in (Flaw.NONE, Flaw.CODE))
    last = 0x400 + 32 * PE.functions - 1
    assert (honest[last], broken[last]) == (0xCC, 0xC3)
    assert honest[0x400:last] == broken[0x400:last]
    assert table_of(honest) == table_of(broken)


def test_a_time_stamp_over_another_signature() -> None:
    signed = signature(SigningSpec(flaw=Flaw.TIME_STAMP))
    (token,) = unsigned(signed)[RFC3161]
    info = cms.ContentInfo.load(token.dump())["content"]["encap_content_info"]["content"].parsed
    imprint = hashlib.sha256(signed["signer_infos"][0]["signature"].native).digest()
    assert info["message_imprint"]["hashed_message"].native != imprint


@pytest.mark.parametrize("standing", list(Standing))
def test_standings_do_not_touch_the_digest(parse: Parse, standing: Standing) -> None:
    pe = parse(signed_pe(PE, SigningSpec(standing=standing), SEED))
    assert pe.verify_signature(CHECKS.HASH_ONLY) == FLAGS.OK


def test_page_hashes_only_where_they_exist() -> None:
    with pytest.raises(ValueError, match="page hashes"):
        signed_pe(PE, SigningSpec(page_hashes=True, digest=Digest.SHA512), SEED)


def test_page_hashes_cover_every_section(parse: Parse) -> None:
    data = signed_pe(PE, SigningSpec(page_hashes=True), SEED)
    pe = parse(data)
    assert pe.verify_signature() == FLAGS.OK
    rows = []
    for section in pe.sections:
        raw = data[section.pointerto_raw_data :][: section.sizeof_raw_data]
        for at in range(0, len(raw), 4096):
            page = raw[at : at + 4096].ljust(4096, b"\0")
            rows.append(struct.pack("<I", section.pointerto_raw_data + at) + hashlib.sha256(page).digest())
    assert b"".join(rows) in table_of(data)


OSSLSIGNCODE = shutil.which("osslsigncode")
ACCEPTED = {
    "plain": SigningSpec(),
    "pages": SigningSpec(page_hashes=True),
    "pages, SHA-1": SigningSpec(page_hashes=True, digest=Digest.SHA1),
    "legacy": SigningSpec(time_stamp=TimeStamp.LEGACY, program="Drill Über"),
    "nested": SigningSpec(digest=Digest.SHA1, nested=Digest.SHA256),
    "stuffed": SigningSpec(table=TableSpec(padding=PayloadSpec(size=4_000))),
    "attribute": SigningSpec(unsigned_attribute=PayloadSpec(size=4_000)),
    "expired since": SigningSpec(standing=Standing.EXPIRED, time_stamp_at=1_390_000_000),
    "branded": SigningSpec(attribution=500, table=TableSpec(padding=PayloadSpec(size=8_192, kind=Kind.ASCII))),
}
REFUSED = {
    "expired": SigningSpec(standing=Standing.EXPIRED),
    "self-issued": SigningSpec(standing=Standing.SELF_ISSUED),
    "wrong usage": SigningSpec(standing=Standing.WRONG_USAGE),
    "code": SigningSpec(flaw=Flaw.CODE),
}


def judged(signing: SigningSpec, folder: Path) -> subprocess.CompletedProcess[str]:
    root, file = folder / "root.pem", folder / "file.dll"
    text = base64.encodebytes(lab_roots()[0]).decode()
    root.write_text(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n")
    file.write_bytes(signed_pe(PE, signing, SEED))
    command = [
        str(OSSLSIGNCODE),
        "verify",
        "-ignore-cdp",
        "-CAfile",
        str(root),
        "-TSA-CAfile",
        str(root),
        "-in",
        str(file),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")


@pytest.mark.skipif(OSSLSIGNCODE is None, reason="osslsigncode is not installed")
@pytest.mark.parametrize("name", list(ACCEPTED))
def test_osslsigncode_accepts(name: str, tmp_path: Path) -> None:
    result = judged(ACCEPTED[name], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "MISMATCH" not in result.stdout
    assert "Timestamp Server Signature verification: ok" in result.stdout


@pytest.mark.skipif(OSSLSIGNCODE is None, reason="osslsigncode is not installed")
@pytest.mark.parametrize("name", list(REFUSED))
def test_osslsigncode_refuses(name: str, tmp_path: Path) -> None:
    result = judged(REFUSED[name], tmp_path)
    assert result.returncode != 0, result.stdout
