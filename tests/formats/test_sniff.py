"""Formats told by structure; the same first bytes without the structure are not."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib

import iso_kit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats.sniff import CHECKS, is_text, sniff
from unrig.formats.sniff_broken import NAMES
from unrig.formats.sniff_containers import zip_end


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(kind: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        member = tarfile.TarInfo("folder/file.txt")
        member.size = 5
        archive.addfile(member, io.BytesIO(b"hello"))
    return out.getvalue()


def asar(directory: bytes) -> bytes:
    padded = len(directory) + -len(directory) % 4
    return struct.pack("<4I", 4, padded + 8, padded + 4, len(directory)) + directory.ljust(padded, b"\0") + b"content"


def seven_zip() -> bytes:
    start = struct.pack("<QQI", 0, 0, 0)
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start


def ico() -> bytes:
    return struct.pack("<HHH", 0, 1, 1) + struct.pack("<8xII", 4, 22) + b"icon"


PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(17)
OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20) + struct.pack("<HH", 0xFFFE, 9)).ljust(512, b"\0")
FAT = struct.pack(">IIIIIII", 0xCAFEBABE, 1, 7, 3, 64, 8, 0).ljust(64, b"\0") + bytes(8)

SAMPLES: dict[str, tuple[bytes, ...]] = {
    "pe": (build_pe(PeSpec(), 1), build_pe(PeSpec(), 1) + zipped(a=b"1")),
    "elf": (b"\x7fELF\2\1\1".ljust(64, b"\0"), b"\x7fELF\1\2\1".ljust(52, b"\0")),
    "macho": (
        struct.pack("<IIIIIII", 0xFEEDFACF, 7, 3, 6, 0, 0, 0),
        struct.pack(">7I", 0xFEEDFACE, 7, 3, 2, 0, 0, 0),
        FAT,
    ),
    "zip": (zipped(), zipped(a=b"x"), b"#!/bin/sh\nexit\n" + zipped(a=b"x"), zipped(a=b"x")[:60]),
    "gzip": (gzip.compress(b"hello"),),
    "xz": (lzma.compress(b"hello"),),
    "bzip2": (bz2.compress(b"hello"), bz2.compress(b"")),
    "zstd": (b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00",),
    "7z": (seven_zip(),),
    "cab": (struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, 99, 0, 44, 0, 3, 1, 1, 1, 0, 0, 0).ljust(99, b"\0"),),
    "ole": (OLE,),
    "xar": (struct.pack(">4sHHQQI", b"xar!", 28, 1, 0, 0, 1),),
    "rar": (b"Rar!\x1a\7\0rest",),
    "rar5": (b"Rar!\x1a\7\1\0rest",),
    "deb": (b"!<arch>\n" + b"debian-binary".ljust(58) + b"`\n2.0\n",),
    "nsis": (struct.pack("<I4s12sIII", 0, b"\xef\xbe\xad\xde", b"NullsoftInst", 9, 99, 0).ljust(120, b"\1"),),
    "squashfs": (struct.pack("<4s8xI6xHHHH", b"hsqs", 1 << 17, 17, 0, 1, 4).ljust(99, b"\0"),),
    "wim": (b"MSWIM\0\0\0" + struct.pack("<I", 208).ljust(200, b"\0"),),
    "cpio": (b"070701" + b"0" * 104, b"070707" + b"0" * 70, b"\xc7\x71" + bytes(18) + b"\2\0\0\0\0\0a\0"),
    "apfs": (bytes(32) + b"NXSB" + struct.pack("<I", 4096) + bytes(4096),),
    "hfs": (bytes(1024) + b"H+\0\4".ljust(40, b"\0") + struct.pack(">I", 4096) + bytes(600),),
    "rpm": ((b"\xed\xab\xee\xdb\3\0".ljust(78, b"\0") + b"\0\5").ljust(96, b"\0"),),
    "ar": (b"!<arch>\n", b"!<arch>\n" + b"a.o".ljust(58) + b"`\n2.0\n"),
    "png": (PNG, PNG + zipped(a=b"1")),
    "gif": (b"GIF89a\1\0\1\0\0\0\0;",),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30),),
    "ico": (ico(), build_image(ImageSpec(kind=ImageKind.ICO, count=2))),
    "bmp": (build_image(ImageSpec(kind=ImageKind.BMP)),),
    "webp": (build_image(ImageSpec(kind=ImageKind.WEBP)),),
    "asar": (asar(json.dumps({"files": {"a.js": {"size": 1, "offset": "0"}}}).encode()), asar(b'{"files":{"bad": }')),
    "tar": (tarred(tarfile.USTAR_FORMAT), tarred(tarfile.GNU_FORMAT), tarred(tarfile.PAX_FORMAT)),
    "dmg": (b"\x80" * 600 + b"koly\0\0\0\4\0\0\2\0".ljust(512, b"\0"),),
    "iso_udf": (bytes(16 * 2048) + b"\1CD001\1".ljust(2048, b"\0") + b"\0NSR02\1".ljust(2048, b"\0"),),
    "iso_hfs": (
        (bytes(512) + b"PM".ljust(48, b"\0") + b"Apple_HFS").ljust(16 * 2048, b"\0") + b"\1CD001\1".ljust(2048, b"\0"),
    ),
    "udf": (bytes(16 * 2048) + b"\0BEA01\1".ljust(2048, b"\0") + b"\0NSR03\1".ljust(2048, b"\0"),),
    "iso_joliet": (iso_kit.image({"a": (24, 9)}, {}),),
    "iso": (bytes(16 * 2048) + b"\1CD001\1".ljust(2048, b"\0"),),
    "script_archive": (b"#!/bin/sh\nexit\n" + gzip.compress(b"content"), b"#!/bin/sh\n" + zipped(a=b"1")[:60]),
    "plist": (b'<?xml version="1.0"?>\n<plist version="1.0"><dict/></plist>\n',),
    "empty": (b"",),
    "text": (
        b"hello\n",
        "Grüße\t\n".encode(),
        "\ufeffBOM".encode(),
        "Wide".encode("utf-16"),
        b"\xfe\xff\0h\0i",
        b"\x1b[1m",
    ),
    "opaque": (b"\0\1\2\3", b"\xff\xfe\xfd", b"text\0text", "é".encode("latin-1"), b"MZ".ljust(64, b"\0")),
}


EACH = [
    pytest.param(name, data, id=f"{name}-{number}")  # bytes as ids hold the time of their making
    for name, all_of in SAMPLES.items()
    for number, data in enumerate(all_of)
]


@pytest.mark.parametrize(("name", "data"), EACH)
def test_each_format_is_told(name: str, data: bytes) -> None:
    assert sniff(memoryview(data)) == name


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == {*CHECKS, "empty", "text", "script_archive", "plist", "opaque"}


@pytest.mark.parametrize(
    "name",
    sorted(
        set(CHECKS)
        - {
            "apfs",
            "gzip",
            "ar",
            "dmg",
            "hfs",
            "iso",
            "iso_hfs",
            "iso_joliet",
            "iso_udf",
            "rar",
            "udf",
            "zip",
            "asar",
            "tar",
        }
    ),
)
def test_the_first_bytes_alone_are_not_enough(name: str) -> None:
    magic = SAMPLES[name][0][:4]
    assert sniff(memoryview(magic + b"\xee" * 200)) in {"opaque", f"broken {name}"}


@pytest.mark.parametrize(
    ("name", "offset"),
    [("xz", 8), ("7z", 8), ("tar", 10), ("ole", 28), ("cab", 25), ("asar", 0), ("bmp", 26), ("webp", 12)],
)
def test_a_broken_check_is_not_the_format(name: str, offset: int) -> None:
    data = bytearray(SAMPLES[name][0])
    data[offset] ^= 0x11
    assert sniff(memoryview(bytes(data))) != name


def test_java_classes_are_no_universal_binaries() -> None:
    assert sniff(memoryview(b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(2000))) == "opaque"


def test_a_zip_end_that_points_beyond_itself_is_none() -> None:
    data = zipped(a=b"1")
    at = len(data) - 22
    assert zip_end(memoryview(data)) == at
    lying = bytearray(b"\1" + data)
    struct.pack_into("<I", lying, at + 1 + 16, 0x7FFFFFF0)
    assert zip_end(memoryview(bytes(lying))) is None
    assert zip_end(memoryview(data + b"x")) == at  # its directory stands in front of it, so programs find it


def test_a_comment_that_holds_an_end_record_does_not_hide_the_real_one() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.comment = b"PK\5\6" + b"\xff" * 30
    data = out.getvalue()
    assert zip_end(memoryview(data)) == len(data) - 34 - 22


def test_text_is_whole_and_its_characters_may_cross_steps() -> None:
    long = b"x" * ((1 << 20) - 1) + "é".encode() + b"y" * 100
    assert is_text(memoryview(long))
    assert not is_text(memoryview(long + b"\0"))
    assert not is_text(memoryview(long[: (1 << 20)]))


@given(st.sampled_from([data for all_of in SAMPLES.values() for data in all_of if data]), st.data())
def test_any_flipped_or_cut_byte_has_some_format(data: bytes, draws: st.DataObject) -> None:
    changed = bytearray(data)
    changed[draws.draw(st.integers(0, min(len(data), 600) - 1))] = draws.draw(st.integers(0, 255))
    cut = draws.draw(st.integers(0, len(data)))
    assert sniff(memoryview(bytes(changed[:cut]))) in {*SAMPLES, *NAMES}


@given(st.binary(max_size=200))
def test_any_bytes_have_some_format(data: bytes) -> None:
    assert sniff(memoryview(data)) in {*SAMPLES, *NAMES}


def test_slices_outside_the_file_make_no_universal_binary() -> None:
    for offset in (8, len(FAT), 0xFFFFFFFF):
        lying = bytearray(FAT)
        struct.pack_into(">I", lying, 16, offset)
        assert sniff(memoryview(bytes(lying))) == "opaque"
