"""Signatures of installers: valid ones, and each change that breaks them or that they do not see."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.drill.build.msi import CLASS_ID, MsiSpec, build_msi
from unrig.drill.build.msi_signing import SignedMsiSpec, signed_msi
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import MARKER, Kind, PayloadSpec
from unrig.drill.build.signing import Digest, Flaw, SigningSpec, TimeStamp
from unrig.formats import msi_digest, msi_streams, ole
from unrig.formats.msi_signature import read_signature
from unrig.formats.ole_header import Notes
from unrig.model.errors import FormatError
from unrig.model.msi import MsiSignature

SPEC = SignedMsiSpec(binaries={"helper": 5000}, extended=True)


def read(data: bytes) -> tuple[MsiSignature | None, list[str]]:
    notes, view = Notes(), memoryview(data)
    return read_signature(view, ole.read(view), notes), notes.lines


def signature(data: bytes) -> MsiSignature:
    found, _ = read(data)
    assert found is not None
    return found


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("digest", Digest)
def test_a_signature_holds(version: int, extended: bool, digest: Digest) -> None:
    signing = SigningSpec(digest=digest)
    spec = replace(SPEC, extended=extended, layout=OleLayout(version=version), signing=signing)
    found, damage = read(signed_msi(spec, 5))
    assert found is not None
    assert (found.algorithm, found.failure, damage) == (digest.value, "", [])
    assert found.digest_declared == found.digest_computed
    assert found.extended_declared == found.extended_computed
    assert bool(found.extended_declared) == extended
    assert found.signer is not None
    assert "Contoso Voice Ltd" in found.signer.subject
    assert [stamp.verified for stamp in found.timestamps] == [True]
    assert all(certificate.used for certificate in found.certificates)
    assert (found.strays, found.after) == ((), None)


@pytest.mark.parametrize("stamp", TimeStamp)
def test_time_stamps_are_read(stamp: TimeStamp) -> None:
    found = signature(signed_msi(replace(SPEC, signing=SigningSpec(time_stamp=stamp)), 5))
    kinds = {TimeStamp.RFC3161: ["rfc3161"], TimeStamp.LEGACY: ["legacy"]}.get(stamp, [])
    assert [(one.kind, one.verified, one.at) for one in found.timestamps] == [(k, True, 1_677_800_000) for k in kinds]


def test_a_changed_stream_breaks_the_digest_and_nothing_else() -> None:
    data = bytearray(signed_msi(SPEC, 5))
    data[data.index(MARKER) + 100] ^= 1
    found = signature(bytes(data))
    assert found.digest_declared != found.digest_computed
    assert found.extended_declared == found.extended_computed
    assert found.failure == ""


def test_a_changed_name_or_time_breaks_only_the_extended_digest_where_the_order_stays() -> None:
    data = bytearray(signed_msi(SPEC, 5))
    structure = ole.read(memoryview(data))
    entry = next(e for e in structure.entries if e.kind == "stream" and "Summary" in e.name)
    at = bytes(data).index(entry.raw_name) + 108  # modified time
    data[at] ^= 1
    found = signature(bytes(data))
    assert found.extended_declared != found.extended_computed
    data = bytearray(signed_msi(replace(SPEC, extended=False), 5))
    data[bytes(data).index(entry.raw_name) + 108] ^= 1
    assert signature(bytes(data)).digest_declared == signature(bytes(data)).digest_computed


@pytest.mark.parametrize("extended", [False, True])
def test_bytes_outside_all_streams_leave_the_signature_whole(extended: bool) -> None:
    layout = OleLayout(trailing=65_536, free=5000, lost=5000, mini_lost=500)
    found = signature(signed_msi(replace(SPEC, extended=extended, layout=layout), 5))
    assert (found.digest_declared, found.failure) == (found.digest_computed, "")


def test_bytes_behind_the_value_are_measured() -> None:
    found = signature(signed_msi(replace(SPEC, after=PayloadSpec(size=700, kind=Kind.RANDOM)), 5))
    assert found.after is not None
    assert found.after.span.length == 700
    assert (found.digest_declared, found.failure) == (found.digest_computed, "")


@pytest.mark.parametrize("flaw", [Flaw.MESSAGE_DIGEST, Flaw.SIGNATURE])
def test_a_key_that_did_not_sign_is_a_failure(flaw: Flaw) -> None:
    found = signature(signed_msi(replace(SPEC, signing=SigningSpec(flaw=flaw)), 5))
    assert found.failure
    assert found.digest_declared == found.digest_computed


def test_an_unsigned_attribute_is_no_time_stamp() -> None:
    signing = SigningSpec(unsigned_attribute=PayloadSpec(size=300))
    assert len(signature(signed_msi(replace(SPEC, signing=signing), 5)).timestamps) == 1


def test_no_stream_is_no_signature_and_other_bytes_are_damage() -> None:
    assert read(build_msi(MsiSpec())) == (None, [])
    found, damage = read(build_msi(MsiSpec(signature=PayloadSpec(size=500))))
    assert found is None
    assert damage[0].startswith("signature: expected a PKCS #7 value")


def test_a_stream_that_cannot_be_read_leaves_the_digest_empty() -> None:
    data = bytearray(signed_msi(SPEC, 5))
    structure = ole.read(memoryview(data))
    entry = next(e for e in structure.entries if e.kind == "stream" and e.size == 5000)
    at = bytes(data).index(entry.raw_name) + 120
    data[at : at + 4] = (1 << 30).to_bytes(4, "little")
    found, damage = read(bytes(data))
    assert found is not None
    assert found.digest_computed == ""
    assert any("streams that can be read" in line for line in damage)


# as osslsigncode 2.9 computed them over the file below: content, directory, and content behind the directory's digest
CONTENT = "5b84ee9beb8c9e26ae8e89a6f07beee1080f0a3d913eb7636942d01074e95513"
DIRECTORY = "90669adc4caf6146329f24ab9c95165817bf82606b5a05128cd32c817f504a80"
BOTH = "b9954450a6a89506706fa7453c97eea823ad435356603c90d451c25c393a2900"


def test_storages_are_digested_behind_what_they_hold() -> None:
    streams = (
        OleStream(name="In", content=b"x" * 5000, storage="B"),
        OleStream(name="Deep", content=b"y", storage="B/A"),
        OleStream(name="C", content=b"z"),
    )
    data = memoryview(build_ole(streams, OleLayout(class_id=CLASS_ID)))
    structure = ole.read(data)
    directory = msi_digest.directory_digest(structure, "sha256")
    assert msi_digest.content_digest(data, structure, "sha256", b"") == CONTENT
    assert msi_digest.file_digest(data, structure, "sha256") == CONTENT
    assert directory.hex() == DIRECTORY
    assert msi_digest.content_digest(data, structure, "sha256", directory) == BOTH


def test_unlisted_streams_are_not_signed() -> None:
    def digest(*more: OleStream) -> str:
        view = memoryview(build_msi(MsiSpec(more=more), None, 3))
        return msi_digest.content_digest(view, ole.read(view), "sha256", b"")

    assert digest(OleStream(name="Ghost", content=b"x" * 9000, unlisted=True)) == digest()
    assert digest(OleStream(name="Ghost", content=b"x" * 9000)) != digest()
    assert digest(OleStream(name=msi_streams.SIGNATURE, content=b"x")) == digest()
    inner = (OleStream(name=msi_streams.SIGNATURE, content=content, storage="s") for content in (b"x", b"y"))
    assert len({digest(stream) for stream in inner}) == 2


SIGNED = signed_msi(SPEC, 5)
AT = SIGNED.index(b"\x30\x82")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.booleans())
def test_any_flipped_byte_gives_a_signature_or_damage(place: int, mask: int, in_signature: bool) -> None:
    data = bytearray(SIGNED)
    data[(AT + place % 3000) if in_signature else place % len(data)] ^= mask
    try:
        read(bytes(data))
    except FormatError:
        return
