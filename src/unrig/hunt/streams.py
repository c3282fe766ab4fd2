"""From a descriptor to chunks of bytes and from those to lines, with places, within budgets.

Runs in sealed workers: reads by position only, opens nothing, and holds at most one block and one line.
"""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.model.errors import FormatError, LimitError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

BLOCK = 1 << 20
"""Bytes read at a time."""
MAX_LINE = 1 << 20
"""Windows' event log allows 64 KiB of text an event; JSON escapes make at most six of each byte."""
MAX_INFLATED = 64 << 30
"""Bytes that one compressed source may hold."""
GZIP_MAGIC = b"\x1f\x8b\x08"
_HEAD = 256 << 10
_GZIP_WINDOW = 31  # zlib manual, inflateInit2: 15 window bits plus 16 for the gzip header and trailer
_SAMPLE = 48


class Reason(StrEnum):
    """Why a record was not read."""

    LINE_TOO_LONG = "a line is too long"
    NOT_UTF8 = "a line is not UTF-8"
    NOT_JSON = "a line is not JSON"
    NOT_AN_OBJECT = "a line is no JSON object"
    NO_TIME = "a record has no time"
    DAMAGED = "the compressed stream is damaged"
    TOO_LARGE = "the compressed stream is too large"
    NOT_AN_EVENT = "an object is no event of this kind"
    NOT_A_ROW = "a line does not have the columns of its header"
    NO_HEADER = "a header names no columns"
    CUT = "the file ends within a chunk of an event log"
    NOT_AN_END = "an object does not end"
    STRAY = "something stands between objects"
    RECORD_DAMAGED = "a record of an event log is damaged"
    CHUNK_DAMAGED = "a chunk of an event log is damaged"
    CHECKSUM = "a checksum of a chunk of an event log is wrong"


class Rejected(Struct, frozen=True, kw_only=True):
    """Records not read for one reason: how many, and where the first stands."""

    reason: Reason
    record: int
    """Line number, from 1."""
    offset: int
    """In bytes, of the decompressed stream."""
    count: int = 1
    sample: str = ""


class Block(Struct, frozen=True, kw_only=True):
    """Whole lines, without their ends, and where each starts."""

    first: int
    """Line number of the first one, from 1."""
    lines: list[bytes]
    offsets: list[int]


class Stream(Struct, frozen=True, kw_only=True):
    """One source, or a range of it: all lines that start at `start` or later, and before `end`."""

    descriptor: int
    source: str
    start: int
    end: int
    compressed: bool


class Descriptor(io.RawIOBase):
    """A source as a file for a library that wants one; reads by position, so that no offset is shared."""

    def __init__(self, descriptor: int) -> None:
        """Take an open descriptor, which stays the opener's."""
        super().__init__()
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer and return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        data = os.pread(self._descriptor, len(view), self._at)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def head(descriptor: int) -> bytes:
    """Return the first bytes of a source, decompressed; b"" where they cannot be."""
    raw = os.pread(descriptor, _HEAD, 0)
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(raw, _HEAD)
    except zlib.error:
        return b""


def sample(line: bytes) -> str:
    """Return the start of a line as printable ASCII."""
    text = line[:_SAMPLE].decode("ascii", "backslashreplace")
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def blocks(stream: Stream) -> Iterator[Block | Rejected]:
    """Yield the lines of a stream in order; a line that is too long, and a damaged end, as what was rejected."""
    reader = _Framing(at=max(0, stream.start - 1), skipping=stream.start > 0, counted=stream.start == 0)
    try:
        for chunk in chunks(stream):
            yield from reader.take(chunk, stream.end)
            if reader.at >= stream.end:
                return  # whatever is pending starts after the range
    except FormatError as error:
        yield Rejected(reason=Reason.DAMAGED, record=reader.record, offset=reader.at, sample=error.observed)
    except LimitError as error:
        yield Rejected(reason=Reason.TOO_LARGE, record=reader.record, offset=reader.at, sample=error.observed)
    yield from reader.finish(stream.end)


class _Framing:
    """Where the framing stands between two chunks."""

    def __init__(self, *, at: int, skipping: bool, counted: bool) -> None:
        self.at = at
        """Offset of the first byte of `tail`."""
        self.tail = b""
        self.skipping = skipping
        """Whether the bytes up to the next line end belong to a line that is not wanted."""
        self.record = 1 if counted else 0
        """Number of the line that `tail` starts."""

    def take(self, chunk: bytes, end: int) -> Iterator[Block | Rejected]:
        data = self.tail + chunk
        self.tail = b""
        if self.skipping:
            data = self._skip(data)
        cut = data.rfind(b"\n")
        if cut >= 0:
            yield from self._lines(data[:cut], end)
            data = data[cut + 1 :]
        if len(data) > MAX_LINE:
            if self.at < end:
                yield Rejected(
                    reason=Reason.LINE_TOO_LONG, record=self.record, offset=self.at, sample=sample(data[:_SAMPLE])
                )
            self.at += len(data)
            self.skipping = True
            return
        self.tail = data

    def finish(self, end: int) -> Iterator[Block | Rejected]:
        if self.tail and not self.skipping:
            yield from self._lines(self.tail, end)
        self.tail = b""

    def _skip(self, data: bytes) -> bytes:
        cut = data.find(b"\n")
        if cut < 0:
            self.at += len(data)
            return b""
        self.at += cut + 1
        self.record += 1
        self.skipping = False
        return data[cut + 1 :]

    def _lines(self, body: bytes, end: int) -> Iterator[Block | Rejected]:
        lines = body.split(b"\n")
        *offsets, self.at = accumulate((len(line) + 1 for line in lines), initial=self.at)
        if offsets[-1] >= end:
            wanted = sum(offset < end for offset in offsets)
            lines, offsets = lines[:wanted], offsets[:wanted]
        first = self.record
        self.record += len(lines)
        if lines:
            yield Block(first=first, lines=lines, offsets=offsets)


def chunks(stream: Stream) -> Iterator[bytes]:
    """Yield a source's bytes, decompressed, from before its start on. Raises FormatError, LimitError."""
    return _inflated(stream.descriptor) if stream.compressed else _plain(stream.descriptor, max(0, stream.start - 1))


def _plain(descriptor: int, position: int) -> Iterator[bytes]:
    while chunk := os.pread(descriptor, BLOCK, position):
        position += len(chunk)
        yield chunk


def _inflated(descriptor: int) -> Iterator[bytes]:
    """Yield a gzip file's bytes, all members of it (RFC 1952, 2.2). Raises FormatError, LimitError."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    total, pending = 0, b""
    for raw in _plain(descriptor, 0):
        pending += raw
        while pending:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP_WINDOW)
            try:
                chunk = inflater.decompress(pending, BLOCK)
            except zlib.error as error:
                raise FormatError("the compressed stream", "gzip (RFC 1952)", str(error)) from error
            pending = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            total += len(chunk)
            if total > MAX_INFLATED:
                raise LimitError("the compressed stream", f"{MAX_INFLATED} bytes", "more")
            if chunk:
                yield chunk
    if not inflater.eof:
        raise FormatError("the compressed stream", "the end of a gzip member", "the end of the file")
