"""Archives and disk images: the structure each check asks for."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import sniff_containers as containers
from unrig.formats.sniff import sniff

CHECKS: dict[Callable[[memoryview], bool], bytes] = {
    containers.is_zip: b"PK\3\4",
    containers.is_zip_behind: b"PK\5\6",
    containers.is_tar: b"",
    containers.is_gzip: b"\x1f\x8b\x08",
    containers.is_xz: b"\xfd7zXZ\0",
    containers.is_bzip2: b"BZh9",
    containers.is_zstd: b"\x28\xb5\x2f\xfd",
    containers.is_ole: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    containers.is_7z: b"7z\xbc\xaf\x27\x1c",
    containers.is_cab: b"MSCF\0\0\0\0",
    containers.is_asar: b"\4\0\0\0",
    containers.is_ar: b"!<arch>\n",
    containers.is_xar: b"xar!",
    containers.is_dmg: b"koly",
    containers.is_rar: b"Rar!\x1a\7",
    containers.is_rpm: b"\xed\xab\xee\xdb",
    containers.is_iso: b"",
}


def local_header(version: int = 20, method: int = 8, name_length: int = 1) -> memoryview:
    return memoryview(struct.pack("<4sHHHIIIIHH", b"PK\3\4", version, 0, method, 0, 0, 0, 0, name_length, 0) + b"a")


def end_record(size: int, offset: int, comment: bytes = b"", *, declared: int | None = None) -> bytes:
    length = len(comment) if declared is None else declared
    return struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, size, offset, length) + comment


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (local_header(), True),
        (local_header(method=0), True),
        (local_header(method=93), True),
        (local_header(version=0x0314), True),
        (local_header(version=200), False),
        (local_header(method=77), False),
        (local_header(name_length=2), False),
    ],
)
def test_zip_headers_have_a_known_version_and_method(header: memoryview, expected: bool) -> None:
    assert containers.is_zip(header) is expected


@pytest.mark.parametrize(
    ("end", "found"),
    [
        (end_record(10, 0), True),
        (end_record(10, 0, b"comment"), True),
        (end_record(11, 0), False),
        (end_record(0, 11), False),
        (end_record(0xFFFFFFFF, 0xFFFFFFFF), True),
        (end_record(10, 0, b"comment", declared=6), False),
        (end_record(10, 0, b"comment", declared=8), False),
        (end_record(10, 0)[:-1], False),
    ],
)
def test_zip_end_records_reach_to_the_end_and_point_before_themselves(end: bytes, found: bool) -> None:
    data = memoryview(bytes(10) + end)
    assert containers.zip_end(data) == (10 if found else None)
    assert containers.is_zip_behind(data) is found


def test_tar_checksums_may_count_signed_bytes() -> None:
    block = bytearray(b"na\xefve".ljust(512, b"\0"))
    block[148:156] = b" " * 8
    unsigned = sum(block)
    for total, expected in ((unsigned, True), (unsigned - 256, True), (unsigned + 1, False)):
        block[148:156] = f"{total:06o}\0 ".encode()
        assert containers.is_tar(memoryview(bytes(block))) is expected
    block[148:156] = b"8" * 8
    assert not containers.is_tar(memoryview(bytes(block)))
    assert not containers.is_tar(memoryview(bytes(512)))


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        (b'{"files":{}}', True),
        (b'{"other":{}}', False),
        (b"[]", False),
        (b'{"files":{"cut', True),
        (b"[" * 9000, False),
        (b'{"files":{' + b"x" * (1 << 20), True),
        (b"x" * (1 << 21), False),
    ],
    ids=["whole", "other", "list", "cut", "deep", "long", "noise"],
)
def test_an_asar_directory_has_files(directory: bytes, expected: bool) -> None:
    size = len(directory)
    padding = -size % 4
    head = struct.pack("<4I", 4, size + padding + 8, size + padding + 4, size)
    assert containers.is_asar(memoryview(head + directory + bytes(padding))) is expected


@pytest.mark.parametrize("lengths", [(5, 24, 20, 12), (4, 24, 25, 12), (4, 24, 20, 17), (4, 9999, 20, 12)])
def test_asar_lengths_lie_in_each_other(lengths: tuple[int, int, int, int]) -> None:
    directory = b'{"files":{}}'
    assert containers.is_asar(memoryview(struct.pack("<4I", 4, 24, 20, 12) + directory + bytes(8)))
    assert not containers.is_asar(memoryview(struct.pack("<4I", *lengths) + directory + bytes(8)))


@given(st.sampled_from(list(CHECKS)), st.binary(max_size=700))
def test_no_check_fails_on_any_bytes(check: Callable[[memoryview], bool], data: bytes) -> None:
    for whole in (data, CHECKS[check] + data, data + CHECKS[check], CHECKS[check] + data + CHECKS[check]):
        assert check(memoryview(whole)) in {True, False}


@pytest.mark.parametrize("front", [b"", b"twelve bytes", bytes(range(256)) * 40])
@pytest.mark.parametrize("behind", [b"", b"\0\1", b"\xff" * 900])
def test_a_zip_with_bytes_on_both_sides_is_a_zip(front: bytes, behind: bytes) -> None:
    """Otherwise two bytes behind an archive would make it opaque, and nobody would look into it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.txt", "text")
    assert sniff(memoryview(front + held.getvalue() + behind)) == "zip"


def test_an_end_record_without_a_directory_is_no_zip() -> None:
    record = b"PK\5\6" + bytes(8) + (60).to_bytes(4, "little") + bytes(6)
    assert sniff(memoryview(b"\xfe" * 100 + record + b"\xff\xfe")) == "opaque"
