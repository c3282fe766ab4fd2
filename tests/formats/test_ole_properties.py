"""Property sets: texts, numbers and times; whatever does not fit is left out."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats.ole_header import Notes
from unrig.formats.ole_properties import UNIX_EPOCH, Property, read_properties


def properties(values: dict[int, bytes]) -> bytes:
    index, body, at = b"", b"", 8 + 8 * len(values)
    for number, value in values.items():
        index += struct.pack("<II", number, at + len(body))
        body += value
    section = struct.pack("<II", at + len(body), len(values)) + index + body
    return struct.pack("<HHI16xI16xI", 0xFFFE, 0, 0, 1, 48) + section


def text(raw: bytes) -> bytes:
    return struct.pack("<II", 30, len(raw)) + raw


def read(raw: bytes) -> tuple[dict[int, Property], list[str]]:
    notes = Notes()
    return dict(read_properties(raw, notes)), notes.lines


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (text(b"Drill\0"), "Drill"),
        (text(b"\xc4\xe0\0\0"), "Да"),
        (struct.pack("<II", 31, 3) + "日本\0".encode("utf-16-le"), "日本"),
        (struct.pack("<IQ", 64, (1_677_758_400 + UNIX_EPOCH) * 10_000_000), 1_677_758_400),
        (struct.pack("<IQ", 64, 0), 0),
        (struct.pack("<II", 3, 200), 200),
        (struct.pack("<II", 2, 7), 7),
    ],
)
def test_values_have_their_types(value: bytes, expected: Property) -> None:
    found, damage = read(properties({1: struct.pack("<II", 2, 1251), 5: value}))
    assert found[5] == expected
    assert damage == []


def test_other_types_and_values_beyond_the_section_are_left_out() -> None:
    found, _ = read(properties({4: struct.pack("<II", 71, 9), 5: text(b"x")}))
    assert found == {5: "x"}
    raw = properties({5: text(b"x")})
    assert read(raw[:60] + b"\xff\xff\0\0" + raw[64:])[0] == {}


def test_a_text_longer_than_its_section_is_cut() -> None:
    assert read(properties({5: struct.pack("<II", 30, 0xFFFFFFFF) + b"abc"}))[0] == {5: "abc"}


@pytest.mark.parametrize("page", [9999, 1200, 65001, 0])
def test_any_code_page_gives_a_text(page: int) -> None:
    found, _ = read(properties({1: struct.pack("<II", 2, page), 5: text(b"a\0b\0")}))
    assert isinstance(found[5], str)


@pytest.mark.parametrize("raw", [b"", b"\xfe\xff", bytes(100), properties({5: text(b"x")})[:50]])
def test_what_is_none_is_damage(raw: bytes) -> None:
    found, damage = read(raw)
    assert found == {}
    assert damage


def test_a_count_beyond_the_section_is_damage() -> None:
    raw = bytearray(properties({5: text(b"x")}))
    raw[52:56] = b"\xff\xff\xff\xff"
    assert read(bytes(raw))[1][0].startswith("summary information: expected properties that fit")


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_properties_or_damage(raw: bytes, headed: bool) -> None:
    head = properties({})[:48] if headed else b""
    for value in read(head + raw)[0].values():
        assert isinstance(value, str | int)
