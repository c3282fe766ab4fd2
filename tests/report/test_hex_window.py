"""Rows compare with any hex editor's, and every byte of the window stands in them once, where it belongs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.report.hex_window import HexRow, rows


def whole(row: HexRow) -> str:
    return row.before + row.inside + row.after


def test_a_range_that_starts_inside_a_row_keeps_its_column() -> None:
    first, second = rows(0x102A, bytes(range(0x40, 0x48)).hex())
    assert (first.offset, second.offset) == ("00001020", "00001030")
    assert first.inside == "40 41 42 43 44 45"
    assert (first.text_before, first.text, first.text_after) == (" " * 10, "@ABCDE", "")
    assert whole(first).index("40") == 3 * 10 + 1
    assert (second.before, second.inside, second.text) == ("", "46 47", "FG")


def test_what_no_terminal_prints_is_a_dot() -> None:
    (row,) = rows(0, b"a\x00\x7f\xff\n<b".hex())
    assert row.text == "a....<b"


def test_nothing_gives_no_row() -> None:
    assert list(rows(64, "")) == []


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1 << 40), st.binary(max_size=256))
def test_every_byte_stands_once_in_its_own_column(offset: int, content: bytes) -> None:
    found: dict[int, int] = {}
    for row in rows(offset, content.hex()):
        line = whole(row)
        assert len(line) == len(whole(next(iter(rows(0, "00")))))
        assert len(row.text_before + row.text + row.text_after) == 16
        for column in range(16):
            cell = line[3 * column + (column >= 8) :][:2]
            if cell.strip():
                found[int(row.offset, 16) + column] = int(cell, 16)
    assert found == {offset + index: byte for index, byte in enumerate(content)}
