"""A member's content as a stream: counted against the budget, checked at its end, damage kept as problems.

All content that could be had is delivered first; the stream then ends, and `problems` says what was wrong with it.
Only a spent budget raises, since what was read until then is no content.
"""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from zlib_ng import zlib_ng

from unrig.formats.compressed_stream import CHUNK, Chunks
from unrig.model.budget import Budget, take_bytes
from unrig.model.errors import FormatError
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged


class MemberStream(io.RawIOBase):
    """A stream over a decoder's chunks. `read` raises LimitError where the budget ends."""

    def __init__(self, chunks: Chunks, where: str, budget: Budget) -> None:
        super().__init__()
        self.problems: tuple[Problem, ...] = ()
        """What was wrong with the content; complete once `read` has returned nothing."""
        self._chunks = chunks
        self._where = where
        self._budget = budget
        self._rest = b""
        self._given = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most `size` bytes, fewer where a chunk ends before; everything for a negative size."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        chunk = self._rest or self._next()
        self._rest = chunk[size:]
        return chunk[:size] if self._rest else chunk

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # typeshed's own buffer type
        """Fill the buffer's start and return how many bytes that were."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _next(self) -> bytes:
        """Return the next chunk that is not empty, counted; nothing at the end."""
        try:
            chunk = next(filter(None, self._chunks), b"")
        except FormatError as error:
            effect = f"only the first {self._given:,} bytes of this member could be trusted to be its content"
            self.problems = (damaged(self._where, error, effect),)
            return b""
        self._given += len(chunk)
        take_bytes(self._budget, self._where, len(chunk), self._given)
        return chunk


def opened(chunks: Chunks, where: str, budget: Budget) -> BinaryIO:
    """Return a stream over a decoder's chunks."""
    return cast("BinaryIO", MemberStream(chunks, where, budget))


def problems_of(stream: BinaryIO) -> tuple[Problem, ...]:
    """Return what was wrong with the content of a stream that was read to its end."""
    return stream.problems if isinstance(stream, MemberStream) else ()


def whole(chunks: Chunks, data: memoryview, where: str) -> Chunks:
    """Yield a decoder's chunks; raise FormatError afterwards where more than zeros follow its stream in the data."""
    reached = yield from chunks
    rest = len(data) - reached
    if any(bytes(data[start : start + CHUNK]).strip(b"\0") for start in range(reached, len(data), CHUNK)):
        raise FormatError(where, f"its end at {reached:#x}", f"{rest:,} bytes after it")
    return reached


def checked(chunks: Chunks, crc32: int, size: int) -> Chunks:
    """Yield a decoder's chunks; raise FormatError afterwards where length or CRC-32 are not as declared."""
    total, crc = 0, 0
    while True:
        try:
            chunk = next(chunks)
        except StopIteration as stop:
            end = int(stop.value)
            break
        total += len(chunk)
        crc = zlib_ng.crc32(chunk, crc)
        yield chunk
    if total != size:
        raise FormatError("content", f"{size} bytes as declared", f"{total} bytes")
    if crc != crc32:
        raise FormatError("content", f"CRC-32 {crc32:#010x} as declared", f"{crc:#010x}")
    return end
