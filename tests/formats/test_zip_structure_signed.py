"""Signing blocks of apk files and headers of crx files: their own parts are known, whatever else stands there shows."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.payload import payload
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.formats import zip_structure
from unrig.formats.zip_structure_map import APK_MAGIC
from unrig.formats.zip_structure_parts import Stretch
from unrig.formats.zip_structure_signed import PADDING, crx_header, foreign_pairs
from unrig.vet.detect.archive_unexplained_bytes import RULE
from unrig.vet.facts.archive import extract

V2, UNKNOWN = 0x7109871A, 0x11223344
ZIP = build_zip((ZipEntry(name="classes.dex", content=b"inert " * 200),))


def pair(kind: int, value: bytes) -> bytes:
    return struct.pack("<QI", 4 + len(value), kind) + value


def block(content: bytes) -> bytes:
    size = len(content) + 24
    return struct.pack("<Q", size) + content + struct.pack("<Q", size) + APK_MAGIC


def apk(content: bytes) -> bytes:
    """Return a zip with a signing block in front of its directory."""
    at = struct.unpack_from("<I", ZIP, len(ZIP) - 6)[0]
    end = bytearray(ZIP[-22:])
    struct.pack_into("<I", end, 16, at + len(block(content)))
    return ZIP[:at] + block(content) + ZIP[at:-22] + bytes(end)


def crx(version: int, lie: int = 0) -> bytes:
    signed = payload(1, 300)
    numbers = struct.pack("<II", 3, len(signed) + lie) if version == 3 else struct.pack("<III", version, 200 + lie, 100)
    return b"Cr24" + numbers + signed + ZIP


def hits(data: bytes) -> list[str]:
    return [hit.what for hit in RULE.check(extract(memoryview(data)))]


@pytest.mark.parametrize("content", [pair(V2, payload(1, 900)), pair(V2, payload(1, 90)) + pair(PADDING, bytes(3000))])
def test_what_signers_write_is_the_benign_twin(content: bytes) -> None:
    assert zip_structure.read(memoryview(apk(content))).gaps == ()
    assert hits(apk(content)) == []


@pytest.mark.parametrize(
    "content",
    [
        pair(V2, payload(1, 90)) + pair(UNKNOWN, payload(2, 5000)),
        pair(PADDING, payload(2, 5000)),
        pair(V2, payload(1, 90)) + payload(3, 5000),
    ],
    ids=["an unknown pair", "padding that is none", "no pair"],
)
def test_what_rides_in_a_signing_block_shows(content: bytes) -> None:
    [what] = hits(apk(content))
    assert "(random)" in what


@pytest.mark.parametrize("version", [2, 3])
def test_the_header_of_an_extension_is_known(version: int) -> None:
    assert zip_structure.read(memoryview(crx(version))).prefix is None
    assert hits(crx(version)) == []


@pytest.mark.parametrize("data", [crx(3, lie=-9), crx(3, lie=9), crx(7), b"Cr25" + crx(3)[4:]])
def test_a_header_that_ends_elsewhere_is_a_prefix_like_any(data: bytes) -> None:
    assert zip_structure.read(memoryview(data)).prefix is not None
    assert hits(data) != []


@given(st.binary(max_size=300))
def test_any_block_is_walked_to_its_end(content: bytes) -> None:
    data = memoryview(block(content))
    found = list(foreign_pairs(data, Stretch(offset=0, length=len(data), what="")))
    assert all(8 <= one.offset <= one.end <= len(data) - 24 for one in found)
    crx_header(memoryview(b"Cr24" + content), 16)
