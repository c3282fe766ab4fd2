"""Signatures of packages: who signed, whether the digest holds, which members it covers."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.package_signing import PackageFlaw, PackageKind, SignedPackageSpec, signed_package
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.formats import appx_signature, jar_manifest, package_signature, zip_structure
from unrig.formats.package_members import Purse
from unrig.formats.zip_without import before
from unrig.model.errors import FormatError, LimitError
from unrig.model.package_signature import PackageSignatureFacts
from unrig.model.signature import SignatureFacts

BOTH = ["lib/phone.dll", "read me.txt"]


def made(kind: PackageKind, flaw: PackageFlaw = PackageFlaw.NONE) -> memoryview:
    return memoryview(signed_package(SignedPackageSpec(kind=kind, flaw=flaw), 1))


def read(data: memoryview) -> tuple[SignatureFacts, PackageSignatureFacts]:
    return package_signature.signatures(data), package_signature.coverage(data)


@pytest.mark.parametrize("kind", PackageKind)
def test_a_good_package(kind: PackageKind) -> None:
    facts, covers = read(made(kind))
    [signature] = facts.signatures
    assert signature.digest_declared == signature.digest_computed != ""
    assert (signature.signature_valid, signature.failure, facts.damaged, facts.strays) == (True, "", (), ())
    assert signature.signer is not None
    assert [stamp.verified for stamp in signature.timestamps] == [True]
    assert all(certificate.used for certificate in facts.certificates)
    assert facts.hashes == {}, "no hash that deny rules match"
    assert (covers.kind, covers.altered, covers.uncovered, covers.missing) == (kind.value, (), (), ())
    assert covers.covered == (4 if kind is PackageKind.NUGET else 2) - (2 if kind is PackageKind.NUGET else 0)


@pytest.mark.parametrize(
    ("kind", "flaw", "holds"),
    [
        (PackageKind.JAR, PackageFlaw.ALTERED, True),
        (PackageKind.JAR, PackageFlaw.RELISTED, False),
        (PackageKind.JAR, PackageFlaw.ADDED, True),
        (PackageKind.NUGET, PackageFlaw.ALTERED, False),
        (PackageKind.NUGET, PackageFlaw.ADDED, False),
        (PackageKind.NUGET, PackageFlaw.REMOVED, False),
        (PackageKind.APPX, PackageFlaw.ALTERED, False),
        (PackageKind.APPX, PackageFlaw.ADDED, False),
    ],
)
def test_what_the_digest_says(kind: PackageKind, flaw: PackageFlaw, holds: bool) -> None:
    facts, covers = read(made(kind, flaw))
    [signature] = facts.signatures
    assert (signature.digest_declared == signature.digest_computed) is holds
    assert signature.signature_valid, "the signer did sign what it says"
    assert (covers.covered == 0) is (kind is PackageKind.NUGET)


@pytest.mark.parametrize("kind", [PackageKind.JAR, PackageKind.APPX])
def test_which_members_are_as_signed(kind: PackageKind) -> None:
    altered = package_signature.coverage(made(kind, PackageFlaw.ALTERED))
    assert [member.path for member in altered.altered] == BOTH[:1]
    assert altered.altered[0].expected.startswith("sha256 ")
    assert altered.covered == 1
    added = package_signature.coverage(made(kind, PackageFlaw.ADDED))
    assert (added.uncovered, added.uncovered_count, added.covered) == (("lib/more.dll",), 1, 2)
    gone = package_signature.coverage(made(kind, PackageFlaw.REMOVED))
    assert (gone.missing, gone.covered) == (("lib/phone.dll",), 1)


def test_a_jar_whose_manifest_was_written_anew() -> None:
    covers = package_signature.coverage(made(PackageKind.JAR, PackageFlaw.RELISTED))
    assert (covers.covered, covers.altered, covers.uncovered) == (1, (), ("lib/phone.dll",))


def test_a_signature_that_another_jar_left_behind() -> None:
    facts, covers = read(made(PackageKind.JAR, PackageFlaw.LEFT_OVER))
    assert facts.signatures[0].digest_computed == "", "it is no digest of this jar"
    assert (covers.covered, covers.uncovered_count) == (0, 2)


def test_what_is_not_signed_says_nothing() -> None:
    plain = memoryview(build_zip((ZipEntry(name="META-INF/MANIFEST.MF"), ZipEntry(name="a.class", content=b"a"))))
    assert read(plain) == (SignatureFacts(), PackageSignatureFacts())
    alone = memoryview(build_zip((ZipEntry(name="META-INF/LAB.SF", content=b"x"),)))
    assert read(alone) == (SignatureFacts(), PackageSignatureFacts()), "a signature file that nobody signed"


@pytest.mark.parametrize("name", [".signature.p7s", "AppxSignature.p7x"])
def test_a_signature_that_is_none_is_damage(name: str) -> None:
    facts = package_signature.signatures(memoryview(build_zip((ZipEntry(name=name, content=b"PKCX no DER"),))))
    assert facts.signatures == ()
    assert facts.damaged


def test_the_archive_before_its_signature_is_the_archive_that_was_signed() -> None:
    entries = tuple(ZipEntry(name=f"f{n}", content=b"text" * n, descriptor=bool(n % 2)) for n in range(5))
    for place in (0, 2, 5):
        signature = ZipEntry(name="sig", content=b"s" * 99)
        data = memoryview(build_zip((*entries[:place], signature, *entries[place:])))
        entry = next(e for e in zip_structure.read(data).entries if e.name == b"sig")
        was = before(data, entry)
        assert b"".join((*map(bytes, was.members), was.directory)) == build_zip(entries)


def test_manifests_fold_lines_and_end_them_in_three_ways() -> None:
    long = "a/" + "very" * 30 + ".class"
    raw = b"Manifest-Version: 1.0\r\n\r\nName: " + long[:64].encode() + b"\r\n " + long[64:].encode() + b"\r\n"
    raw += b"SHA-256-Digest: " + base64.b64encode(hashlib.sha256(b"x").digest()) + b"\r\nMD5-Digest: !\r\n\r\n"
    for ending in (b"\r\n", b"\n", b"\r"):
        main, one = jar_manifest.sections(raw.replace(b"\r\n", ending))
        assert main.name() == b""
        assert one.name() == long.encode()
        assert one.digests() == {"sha256": hashlib.sha256(b"x").hexdigest()}
        assert main.raw + one.raw == raw.replace(b"\r\n", ending)


def test_block_maps_that_lie() -> None:
    with pytest.raises(FormatError, match="entities"):
        appx_signature._block_map(b'<!DOCTYPE a [<!ENTITY b "c">]><BlockMap/>')
    with pytest.raises(FormatError, match="well-formed"):
        appx_signature._block_map(b"<BlockMap>")
    listed = appx_signature._block_map(b'<BlockMap><File Name="a b\\c.dll" Size="-1"/></BlockMap>')
    assert (listed.method, listed.files[0].name, listed.files[0].size) == ("", b"a%20b/c.dll", -1)


def test_what_is_checked_has_an_end() -> None:
    purse = Purse(10)
    purse.spend(10)
    with pytest.raises(LimitError):
        purse.spend(1)


SAMPLES = [bytes(made(kind)) for kind in PackageKind]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 1 << 20), st.integers(1, 255))
def test_any_flipped_byte_is_read_or_a_named_error(sample: bytes, place: int, mask: int) -> None:
    data = bytearray(sample)
    data[place % len(data)] ^= mask
    try:
        read(memoryview(bytes(data)))
    except (FormatError, LimitError):
        return
