"""Signatures of cabinets: the digest is checked against osslsigncode's where it is installed."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, build_cab
from unrig.drill.build.msi_signing import SignedMsiSpec, signed_msi
from unrig.drill.build.payload import PayloadSpec
from unrig.formats import authenticode_installer
from unrig.formats.authenticode_cabinet import image_hash, read
from unrig.model.signature import SignatureFacts

FILES = (CabFolder(files=(CabFile(name="a.txt", content=b"inert" * 900),)),)


def with_signature(value: bytes, padding: bytes = b"") -> bytes:
    """Return a cabinet with a signature that is for something else."""
    data = build_cab(FILES, CabLayout(header_reserve=PayloadSpec(size=20)))
    return data[:40] + struct.pack("<3IQ", 0x00100000, len(data), len(value + padding), 0) + data[60:] + value + padding


def a_value() -> bytes:
    data = signed_msi(SignedMsiSpec(), 5)
    found = authenticode_installer.read(memoryview(data))
    return data[found.table_offset : found.table_offset + found.table_size]


def test_an_unsigned_cabinet_says_nothing() -> None:
    assert read(memoryview(build_cab(FILES))) == SignatureFacts()


def test_a_signature_of_another_file_has_another_digest() -> None:
    data = with_signature(a_value())
    found = read(memoryview(data))
    [signature] = found.signatures
    assert signature.signature_valid
    assert (
        signature.digest_declared
        != signature.digest_computed
        == image_hash(memoryview(data), found.table_offset, "sha256")
    )
    assert (found.entries[0].unexplained, found.damaged) == (None, ())


@pytest.mark.parametrize("size", [7, 4096])
def test_what_stands_behind_the_value_is_unexplained(size: int) -> None:
    found = read(memoryview(with_signature(a_value(), b"\x5a" * size)))
    assert found.entries[0].unexplained is not None
    assert found.entries[0].unexplained.span.length == size


def test_a_place_without_a_value_is_unexplained_as_a_whole() -> None:
    found = read(memoryview(with_signature(b"\x5a" * 600)))
    assert found.entries[0].unexplained is not None
    assert found.signatures == ()
    assert found.damaged


@pytest.mark.parametrize("at", [0, 8, 20, 30, 33, 57, 70, 100])
def test_what_is_signed_is_signed(at: int) -> None:
    data = bytearray(with_signature(a_value()))
    before = image_hash(memoryview(data), read(memoryview(data)).table_offset, "sha256")
    end = read(memoryview(data)).table_offset
    data[at] ^= 1
    assert image_hash(memoryview(data), end, "sha256") != before


@pytest.mark.skipif(not shutil.which("osslsigncode"), reason="osslsigncode is not installed: make optional")
def test_a_cabinet_signed_by_osslsigncode_holds(tmp_path: Path) -> None:
    (tmp_path / "a.cab").write_bytes(build_cab(FILES))
    for command in (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=drill -days 9",
        "osslsigncode sign -certs c.pem -key k.pem -h sha256 -in a.cab -out s.cab",
    ):
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    found = read(memoryview((tmp_path / "s.cab").read_bytes()))
    [signature] = found.signatures
    assert signature.signature_valid
    assert signature.digest_declared == signature.digest_computed
