"""From a descriptor to chunks of bytes and from those to lines, with places, within budgets.

Runs in sealed workers: reads by position only, opens nothing, and holds at most one block and one line.
"""

from __future__ import annotations

import codecs
import io
import os
import zlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

import zstandard
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
BOMB = 1 << 30
"""Bytes from which on a compressed source may hold no more than MOST_TIMES what it takes."""
MOST_TIMES = 500
"""Logs become 5 to 30 times smaller; deflate cannot do more than 1,032 times (zlib's technical notes), and comes near
only where every byte is the same."""
MAX_WINDOW = 128 << 20
"""What `zstd --long` asks of who decompresses."""
GZIP, RAW = 31, -15
"""zlib manual, inflateInit2: 15 window bits, plus 16 for the gzip header and trailer, negative for none."""
NO_END = 1 << 62
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


class Layer(StrEnum):
    """What is wrapped around a source's bytes."""

    GZIP = "gzip"
    ZSTD = "zstd"
    UTF16_LE = "utf-16-le"
    UTF16_BE = "utf-16-be"


class Member(Struct, frozen=True, kw_only=True):
    """Where a member of an archive stands in it."""

    offset: int
    size: int
    """As it stands there."""
    deflated: bool


class Stream(Struct, frozen=True, kw_only=True):
    """One source, or a range of it: all lines that start at `start` or later, and before `end`."""

    descriptor: int
    source: str
    start: int = 0
    end: int = NO_END
    layers: tuple[Layer, ...] = ()
    """From the outermost on."""
    member: Member | None = None
    limit: int = NO_END
    """Bytes of the file that are read: what is written behind them while a hunt runs belongs to the next one."""
    marks: tuple[int, ...] = ()
    """Offsets of the lines before the range that start with a number sign, of readers that need them."""


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


def line_at(stream: Stream, offset: int) -> bytes:
    """Return the line that starts there, without its end; at most MAX_LINE of it."""
    return os.pread(stream.descriptor, MAX_LINE, offset).split(b"\n", 1)[0]


def chunks(stream: Stream) -> Iterator[bytes]:
    """Yield a source's bytes, without the layers around them, from before its start on. Raises FormatError, LimitError."""
    member = stream.member
    if member is not None:
        found = plain(stream.descriptor, member.offset, member.offset + member.size)
        found = inflated(found, RAW) if member.deflated else found
    else:
        found = plain(stream.descriptor, 0 if stream.layers else max(0, stream.start - 1), stream.limit)
    for layer in stream.layers:
        found = peeled(found, layer)
    return found


def plain(descriptor: int, position: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a file from a position to an end."""
    while position < end and (chunk := os.pread(descriptor, min(BLOCK, end - position), position)):
        position += len(chunk)
        yield chunk


def peeled(packed: Iterator[bytes], layer: Layer) -> Iterator[bytes]:
    """Yield what stands within one layer. Raises FormatError, LimitError."""
    match layer:
        case Layer.GZIP:
            return inflated(packed, GZIP)
        case Layer.ZSTD:
            return _decompressed(packed)
        case Layer.UTF16_LE | Layer.UTF16_BE:
            return _as_utf8(packed, layer)


def inflated(packed: Iterator[bytes], bits: int) -> Iterator[bytes]:
    """Yield a deflated stream's bytes, of gzip all members (RFC 1952, 2.2). Raises FormatError, LimitError."""
    inflater = zlib.decompressobj(bits)
    taken = total = 0
    for pending in packed:
        taken += len(pending)
        while pending:
            if inflater.eof:
                inflater = zlib.decompressobj(bits)
            try:
                chunk = inflater.decompress(pending, BLOCK)
            except zlib.error as error:
                raise FormatError("the compressed stream", "deflate (RFC 1951, RFC 1952)", str(error)) from error
            pending = inflater.unused_data if inflater.eof else inflater.unconsumed_tail  # noqa: PLW2901
            total += len(chunk)
            _check_size(taken, total)
            if chunk:
                yield chunk
    if not inflater.eof:
        raise FormatError("the compressed stream", "the end of a gzip member", "the end of the file")


def _decompressed(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes of Zstandard frames (RFC 8878). Raises FormatError, LimitError."""
    source = _Packed(packed)
    reader = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(
        io.BufferedReader(source, BLOCK), read_size=BLOCK, read_across_frames=True
    )
    total = 0
    while True:
        try:
            chunk = reader.read(BLOCK)
        except zstandard.ZstdError as error:
            raise FormatError("the compressed stream", "Zstandard (RFC 8878)", str(error)) from error
        if not chunk:
            return
        total += len(chunk)
        _check_size(source.taken, total)
        yield chunk


def _check_size(taken: int, total: int) -> None:
    """Raise LimitError where so many bytes have become too many."""
    if total > MAX_INFLATED:
        raise LimitError("the compressed stream", f"{MAX_INFLATED} bytes", "more")
    if total > BOMB and total > MOST_TIMES * taken:
        raise LimitError("the compressed stream", f"at most {MOST_TIMES} times its {taken} bytes", "more: a bomb")


class _Packed(io.RawIOBase):
    """Chunks as a file for a library that wants one."""

    def __init__(self, packed: Iterator[bytes]) -> None:
        super().__init__()
        self._packed = packed
        self._left = b""
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        if not self._left:
            self._left = next(self._packed, b"")
            self.taken += len(self._left)
        taken, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(taken)] = taken
        return len(taken)


def _as_utf8(packed: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a text in UTF-8; what is no UTF-16 becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in packed:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()
