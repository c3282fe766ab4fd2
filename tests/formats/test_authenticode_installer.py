"""Signatures of installers as those of programs: what holds, what rides along, and where in the file."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.drill.build.msi import MsiSpec, build_msi
from unrig.drill.build.msi_signing import SignedMsiSpec, signed_msi
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.signing import Digest, SigningSpec
from unrig.formats.authenticode_installer import read
from unrig.model.errors import FormatError
from unrig.model.place import Span
from unrig.model.signature import SignatureFacts

SPEC = SignedMsiSpec(binaries={"helper": 5000})


def facts(data: bytes) -> SignatureFacts:
    return read(memoryview(data))


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("digest", [Digest.SHA1, Digest.SHA256])
def test_a_signature_holds(version: int, extended: bool, digest: Digest) -> None:
    spec = replace(SPEC, extended=extended, layout=OleLayout(version=version), signing=SigningSpec(digest=digest))
    found = facts(signed_msi(spec, 5))
    [signature] = found.signatures
    assert (signature.signature_valid, signature.failure, found.damaged) == (True, "", ())
    assert signature.digest_declared == signature.digest_computed == found.hashes[digest.value]
    assert "sha256" in found.hashes
    assert signature.signer is not None
    assert "Contoso Voice Ltd" in signature.signer.subject
    assert [stamp.verified for stamp in signature.timestamps] == [True]
    assert (found.strays, found.between, found.after, found.entries[0].unexplained) == ((), None, None, None)


def test_every_range_is_one_of_the_file() -> None:
    data = signed_msi(replace(SPEC, after=PayloadSpec(size=700)), 5)
    found = facts(data)
    extra = found.entries[0].unexplained
    assert extra is not None
    assert extra.span.length == 700
    for span in (extra.span, *(certificate.span for certificate in found.certificates)):
        assert same(span, data)


def same(span: Span, data: bytes) -> bool:
    return hashlib.sha256(data[span.offset : span.offset + span.length]).hexdigest() == span.sha256


def test_a_changed_stream_is_another_digest() -> None:
    data = bytearray(signed_msi(SPEC, 5))
    data[data.index(b"UNRIG-INERT") + 100] ^= 1
    [signature] = facts(bytes(data)).signatures
    assert signature.digest_declared != signature.digest_computed
    assert signature.signature_valid


def test_an_unsigned_installer_has_its_hash_alone() -> None:
    found = facts(build_msi(MsiSpec()))
    assert set(found.hashes) == {"sha256"}
    assert (found.signatures, found.entries, found.damaged) == ((), (), ())


def test_any_other_compound_file_says_nothing() -> None:
    assert facts(build_ole((OleStream(name="a", content=b"x" * 5000),), OleLayout())) == SignatureFacts()


def test_what_is_no_signature_is_unexplained_as_a_whole() -> None:
    found = facts(build_msi(MsiSpec(signature=PayloadSpec(size=9000))))
    assert found.signatures == ()
    assert found.entries[0].unexplained is not None
    assert found.entries[0].unexplained.span.length == 9000
    assert found.damaged


def test_more_than_a_digest_beside_the_signature_is_unexplained() -> None:
    more = (OleStream(name="\5MsiDigitalSignatureEx", content=bytes(range(256)) * 20),)
    data = build_msi(MsiSpec(more=more, signature=PayloadSpec(size=9000)))
    between = facts(data).between
    assert between is not None
    assert between.span.length == 5120 - 64
    assert same(between.span, data)


@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, 70_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_a_value_or_a_format_error(at: int, bit: int) -> None:
    data = bytearray(signed_msi(SPEC, 5))
    data[at % len(data)] ^= 1 << bit
    try:
        found = facts(bytes(data))
    except FormatError:
        return
    assert isinstance(found, SignatureFacts)
