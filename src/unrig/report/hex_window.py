"""The first bytes of a hidden range as hexadecimal and text, in rows as a hex editor has them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

ROW = 16
"""Bytes a row; the rows start at multiples of it, so that offsets compare with any hex editor's."""


class HexRow(Struct, frozen=True, kw_only=True):
    """One row: what stands before, in and after the range, each padded so that the columns line up."""

    offset: str
    """Of the row's first column, eight hexadecimal digits or more."""
    before: str
    inside: str
    after: str
    text_before: str
    text: str
    """Printable ASCII; a dot for every other byte."""
    text_after: str


def rows(offset: int, window: str) -> Iterator[HexRow]:
    """Yield the rows of a range that starts at `offset`; `window` is the hex of its first bytes."""
    content = bytes.fromhex(window)
    skipped = offset % ROW
    start = offset - skipped
    for at in range(0, skipped + len(content), ROW) if content else ():
        first = max(skipped - at, 0)
        piece = content[max(at - skipped, 0) : at - skipped + ROW]
        yield _row(start + at, first, piece)


def _row(offset: int, first: int, piece: bytes) -> HexRow:
    """Return a row whose columns from `first` on hold `piece`."""
    cells = ["  "] * first + [f"{byte:02x}" for byte in piece] + ["  "] * (ROW - first - len(piece))
    line = "".join(f"{cell} {' ' if column == ROW // 2 - 1 else ''}" for column, cell in enumerate(cells))
    begin, end = _column(first), _column(first + len(piece) - 1) + 2
    return HexRow(
        offset=f"{offset:08x}",
        before=line[:begin],
        inside=line[begin:end],
        after=line[end:],
        text_before=" " * first,
        text="".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece),
        text_after=" " * (ROW - first - len(piece)),
    )


def _column(index: int) -> int:
    """Return where a byte's first digit stands in the line: three characters each, one more in the middle."""
    return 3 * index + (1 if index >= ROW // 2 else 0)
