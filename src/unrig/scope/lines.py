"""Lines of a text file that nobody vouches for: by descriptor and offset, in three encodings, of bounded length."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator

from msgspec import Struct

BLOCK = 1 << 18
MAX_LINE = 1 << 20
"""Bytes of one line; the longest line of an honest inventory is a few KiB."""
SAMPLE = 1 << 16

_NEWLINES = {"utf-8": b"\n", "latin-1": b"\n", "utf-16-le": b"\n\x00", "utf-16-be": b"\x00\n"}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Line(Struct, frozen=True, kw_only=True):
    """One physical line without its end; `end` is the offset of the next one in the file."""

    raw: bytes
    end: int
    overlong: bool = False
    """More than `MAX_LINE` bytes: `raw` is its beginning."""


class Encoding(Struct, frozen=True, kw_only=True):
    """What a file is written in, and where its text starts behind a byte order mark."""

    name: str
    start: int


def tell_encoding(sample: bytes) -> Encoding:
    """Return the encoding of a file by its first bytes: byte order mark, then zero bytes, then whether it is UTF-8."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name=name, start=len(mark))
    head = sample[:256]
    if len(head) >= 4 and not any(head[1:4:2]) and all(head[0:4:2]):
        return Encoding(name="utf-16-le", start=0)
    if len(head) >= 4 and not any(head[0:4:2]) and all(head[1:4:2]):
        return Encoding(name="utf-16-be", start=0)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, len(sample) < SAMPLE)
    except UnicodeDecodeError:
        return Encoding(name="latin-1", start=0)
    return Encoding(name="utf-8", start=0)


def read_lines(descriptor: int, offset: int, encoding: str) -> Iterator[Line]:
    """Yield the lines from an offset to the end of the file; memory stays below two blocks and one line."""
    newline = _NEWLINES[encoding]
    pending, head, at = b"", b"", offset
    while block := os.pread(descriptor, BLOCK, at):
        searched = len(pending) - len(pending) % len(newline)
        at += len(block)
        pending += block
        begin = 0
        while (end := _find(pending, newline, max(begin, searched))) >= 0:
            following = end + len(newline)
            yield _line(pending[begin:end], head, at - len(pending) + following)
            begin, head = following, b""
        pending = pending[begin:]
        if len(pending) > MAX_LINE:
            head = head or pending[:MAX_LINE]
            pending = pending[len(pending) - len(pending) % len(newline) :]
    if pending or head:
        yield _line(pending, head, at)


def _line(raw: bytes, head: bytes, end: int) -> Line:
    return Line(raw=head or raw, end=end, overlong=bool(head) or len(raw) > MAX_LINE)


def _find(buffer: bytes, newline: bytes, start: int) -> int:
    """Return where a line ends, at a whole code unit (a UTF-16 unit may hold the bytes of a newline across two)."""
    at = buffer.find(newline, start)
    while at >= 0 and at % len(newline):
        at = buffer.find(newline, at + 1)
    return at
