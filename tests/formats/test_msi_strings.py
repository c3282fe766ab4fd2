"""The string pool: lengths, code pages, long strings, and what lies about them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats.msi_strings import LONG_REFERENCES, Strings, read_strings
from unrig.formats.ole_header import Notes


def pool(*entries: tuple[int, int], head: int = 1252) -> bytes:
    return struct.pack("<I", head) + b"".join(struct.pack("<HH", *entry) for entry in entries)


def read(index: bytes, data: bytes) -> tuple[Strings, list[str]]:
    notes = Notes()
    return read_strings(index, data, notes), notes.lines


def test_strings_have_the_numbers_of_their_places() -> None:
    strings, damage = read(pool((3, 1), (0, 0), (2, 5)), b"onetw")
    assert strings == Strings(code_page=1252, reference_size=2, texts=("", "one", "", "tw"))
    assert damage == []


def test_a_long_string_takes_two_places_and_one_number() -> None:
    text = b"x" * 70_000
    strings, damage = read(pool((1, 1), (0, 1), (70_000 - 65_536, 2), (1, 1)), b"a" + text + b"b")
    assert strings.texts == ("", "a", text.decode(), "b")
    assert damage == []


def test_a_string_of_a_multiple_of_64_kib_has_no_low_half() -> None:
    strings, damage = read(pool((0, 2), (0, 7), (1, 1)), b"y" * 131_072 + b"z")
    assert [len(text) for text in strings.texts] == [0, 131_072, 1]
    assert damage == []


@pytest.mark.parametrize(
    ("page", "raw", "text"),
    [
        (0, b"plain", "plain"),
        (1252, b"\xfcber", "über"),
        (1251, b"\xc4\xe0", "Да"),
        (932, b"\x93\xfa", "日"),
        (65001, "日本".encode(), "日本"),
        (65001, b"\xff", "\\xff"),
        (28591, b"\xe9", "é"),
    ],
)
def test_the_code_page_says_what_bytes_mean(page: int, raw: bytes, text: str) -> None:
    assert read(pool((len(raw), 1), head=page), raw)[0].texts[1] == text


def test_an_unknown_code_page_is_damage_and_still_read() -> None:
    strings, damage = read(pool((2, 1), head=9999), b"ab")
    assert strings.texts[1] == "ab"
    assert damage == ["_StringPool: expected a code page that Python knows, found 9999"]


def test_the_highest_bit_makes_references_long() -> None:
    strings, _ = read(pool((1, 1), head=1252 | LONG_REFERENCES), b"a")
    assert (strings.reference_size, strings.code_page) == (3, 1252)


def test_bytes_behind_the_last_string_and_strings_behind_the_data_are_damage() -> None:
    assert read(pool((1, 1)), b"abc")[1] == ["_StringData: expected its end at 0x1, found 2 bytes more"]
    strings, damage = read(pool((5, 1), (2, 1)), b"abc")
    assert strings.texts == ("", "abc", "")
    assert damage[0] == "_StringData: expected a string of 5 bytes at 0x0, found 3 bytes"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_strings_or_damage(index: bytes, data: bytes) -> None:
    strings, damage = read(index, data)
    assert strings.texts[0] == ""
    assert len(strings.texts) <= 1 + max(0, len(index) // 4)
    assert damage or len(index) >= 4
