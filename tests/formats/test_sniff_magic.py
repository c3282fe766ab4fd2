"""Fixed values and numbers at an offset."""

from __future__ import annotations

import pytest

from unrig.formats.sniff_magic import has, number

DATA = memoryview(b"\1\2\3\4\5\6\7\x88")


@pytest.mark.parametrize(
    ("magic", "offset", "expected"),
    [
        (b"\1\2", 0, True),
        (b"\7\x88", 6, True),
        (b"\7\x88\x99", 6, False),
        (b"\1", 1, False),
        (b"", 99, True),
        (b"\1", 1 << 40, False),
    ],
)
def test_values_stand_at_their_offset(magic: bytes, offset: int, expected: bool) -> None:
    assert has(DATA, magic, offset) is expected


@pytest.mark.parametrize(
    ("layout", "offset", "expected"),
    [("<H", 0, 0x201), (">H", 0, 0x102), ("<I", 4, 0x88070605), ("<I", 5, -1), ("<H", 99, -1)],
)
def test_numbers_are_read_in_their_order_or_are_minus_one(layout: str, offset: int, expected: int) -> None:
    assert number(DATA, layout, offset) == expected
