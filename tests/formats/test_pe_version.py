"""The version resource: as written, as compilers differ, and blocks that lie."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.pe_resources import version_info
from unrig.formats.pe_version import MAX_STRINGS, VersionInfo, read_version

STRINGS = {
    "CompanyName": "Acmé",
    "FileVersion": "10.0.20348.1 (WinBuild)",
    "OriginalFilename": "ffmpeg.dll",
    "Empty": "",
}


def block(key: str, body: bytes, value_length: int = 0) -> bytes:
    head = bytes(6) + key.encode("utf-16-le") + b"\0\0"
    whole = head.ljust(-(-len(head) // 4) * 4, b"\0") + body
    return (struct.pack("<HHH", len(whole), value_length, 1) + whole[6:]).ljust(-(-len(whole) // 4) * 4, b"\0")


def test_strings_and_fixed_version_are_read() -> None:
    got = read_version(version_info(STRINGS))
    assert got == VersionInfo(strings=STRINGS, fixed_file_version="10.0.20348.1")


def test_only_the_first_language_counts() -> None:
    tables = block("040904b0", block("Name", "one\0".encode("utf-16-le"), 4))
    tables += block("040704b0", block("Name", "zwei\0".encode("utf-16-le"), 5))
    got = read_version(block("VS_VERSION_INFO", block("StringFileInfo", tables)))
    assert got.strings == {"Name": "one"}
    assert not got.fixed_file_version


@pytest.mark.parametrize("value_length", [0, 4, 8, 0xFFFF])
def test_lengths_of_values_are_no_help(value_length: int) -> None:
    entries = block("A", "one\0".encode("utf-16-le"), value_length) + block("B", "two\0".encode("utf-16-le"), 4)
    got = read_version(block("VS_VERSION_INFO", block("StringFileInfo", block("040904b0", entries))))
    assert got.strings == {"A": "one", "B": "two"}


def test_values_may_miss_their_zero_and_lone_surrogates_are_escaped() -> None:
    entries = block("A", "open".encode("utf-16-le"), 4) + block("B", b"\0\xd8", 1)
    got = read_version(block("VS_VERSION_INFO", block("StringFileInfo", block("040904b0", entries))))
    assert got.strings == {"A": "open", "B": "\\x00\\xd8"}


def test_the_first_of_equal_keys_counts() -> None:
    entries = block("A", "one\0".encode("utf-16-le")) + block("A", "two\0".encode("utf-16-le"))
    got = read_version(block("VS_VERSION_INFO", block("StringFileInfo", block("040904b0", entries))))
    assert got.strings == {"A": "one"}


@pytest.mark.parametrize("raw", [b"", b"\0" * 100, b"MZ" * 50, block("OTHER", b"")])
def test_what_is_no_version_resource_is_damage(raw: bytes) -> None:
    got = read_version(raw)
    assert got.strings == {}
    assert len(got.damaged) >= 1
    assert any("VS_VERSION_INFO" in line for line in got.damaged)


def test_a_wrong_signature_gives_no_fixed_version() -> None:
    raw = bytearray(version_info(STRINGS))
    raw[raw.index(struct.pack("<I", 0xFEEF04BD))] ^= 1
    got = read_version(bytes(raw))
    assert not got.fixed_file_version
    assert got.strings == STRINGS


def test_blocks_of_no_length_and_too_many_blocks_end() -> None:
    endless = block("040904b0", struct.pack("<HHH", 0, 9, 1) + b"junk" * 20)
    got = read_version(block("VS_VERSION_INFO", block("StringFileInfo", endless)))
    assert got.strings == {}
    assert any("length 0" in line for line in got.damaged)
    many = b"".join(block(f"{number:04}", b"") for number in range(MAX_STRINGS + 5))
    got = read_version(block("VS_VERSION_INFO", block("StringFileInfo", block("040904b0", many))))
    assert len(got.strings) == MAX_STRINGS
    assert any("at most 1000 blocks" in line for line in got.damaged)


@given(st.data())
def test_any_flipped_or_cut_byte_is_a_valid_read(data: st.DataObject) -> None:
    raw = bytearray(version_info(STRINGS))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    got = read_version(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    assert isinstance(got, VersionInfo)
    assert sum(len(key) + len(value) for key, value in got.strings.items()) <= 4 * len(raw)
