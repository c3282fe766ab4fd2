"""Compressed bytes to plain bytes, step by step: deflate, gzip, bzip2, LZMA, xz and zstd, never more than a step in memory.

Every decoder is a generator of chunks of at most CHUNK bytes that returns the offset behind its stream. Damage is a
FormatError after the last chunk that could be had. The decompressors are the standard library's, zlib-ng's (the wheel
of the demo: 0.25 s of CPU where zlib takes 0.66 s) and zstandard's.
"""

from __future__ import annotations

import bz2
import lzma
import struct
from collections.abc import Callable, Generator, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

from zlib_ng import zlib_ng

from unrig.formats.zstd_frames import zstd
from unrig.model.errors import FormatError, LimitError

INPUT = 1 << 16
CHUNK = 1 << 18
MAX_DICTIONARY = 1 << 27  # xz -9 takes 64 MiB, 7-Zip's ultra the same; the worker's memory must bear it
MAX_PLAIN = 4 << 30  # the budget of one member
XZ_MEMORY = MAX_DICTIONARY + (1 << 24)

Chunks = Generator[bytes, None, int]
"""Yields plain bytes and returns the offset of the first byte after the compressed stream."""


class _Decompressor(Protocol):
    """What bz2's and lzma's decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def stored(data: memoryview) -> Chunks:
    """Yield bytes as they stand."""
    for start in range(0, len(data), CHUNK):
        yield bytes(data[start : start + CHUNK])
    return len(data)


def deflate(data: memoryview) -> Chunks:
    """Yield what a raw deflate stream holds (RFC 1951)."""
    return (yield from _zlib(data, 0, -zlib_ng.MAX_WBITS, "deflate stream"))


def gzip(data: memoryview) -> Chunks:
    """Yield what a gzip file holds: its members one after the other (RFC 1952 2.2), their CRCs checked."""
    at = yield from _zlib(data, 0, 16 + zlib_ng.MAX_WBITS, "gzip member")
    while bytes(data[at : at + 3]) == b"\x1f\x8b\x08":
        at = yield from _zlib(data, at, 16 + zlib_ng.MAX_WBITS, "gzip member")
    return at


def bzip2(data: memoryview) -> Chunks:
    """Yield what a bzip2 file holds, its streams one after the other."""
    at = yield from _stepwise(data, 0, bz2.BZ2Decompressor(), "bzip2 stream")
    while bytes(data[at : at + 3]) == b"BZh":
        at = yield from _stepwise(data, at, bz2.BZ2Decompressor(), "bzip2 stream")
    return at


def xz(data: memoryview) -> Chunks:
    """Yield what an xz file holds: its streams and the padding between them (xz file format 2)."""
    at = yield from _stepwise(data, 0, _xz_decompressor(), "xz stream")
    while True:
        padded = at
        while bytes(data[padded : padded + 4]) == b"\0\0\0\0":
            padded += 4
        if bytes(data[padded : padded + 6]) != b"\xfd7zXZ\0":
            return at
        at = yield from _stepwise(data, padded, _xz_decompressor(), "xz stream")


def zip_lzma(data: memoryview, size: int) -> Chunks:
    """Yield what an LZMA member of a zip holds (APPNOTE 5.8.8): version, property size, properties, raw LZMA1.

    Raises LimitError where it asks for a dictionary of more than MAX_DICTIONARY bytes.
    """
    if len(data) < 9 or struct.unpack_from("<H", data, 2)[0] != 5:
        raise FormatError("LZMA header", "9 bytes with 5 of properties", bytes(data[:9]).hex())
    packed, dictionary = struct.unpack_from("<BL", data, 4)
    needed = min(dictionary, max(size, 1 << 12))  # no distance reaches beyond what was written
    if packed >= 9 * 5 * 5:
        raise FormatError("LZMA properties", "lc, lp and pb below 225", str(packed))
    if needed > MAX_DICTIONARY:
        raise LimitError("LZMA dictionary", f"{MAX_DICTIONARY} bytes", f"{needed} bytes")
    spec = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(needed, 1 << 12),
        "lc": packed % 9,
        "lp": packed // 9 % 5,
        "pb": packed // 45,
    }
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[spec])
    except (lzma.LZMAError, ValueError) as error:
        raise FormatError("LZMA properties", "lc + lp of at most 4", str(packed)) from error
    return (yield from _exact(_stepwise(data, 9, decoder, "LZMA stream"), size, len(data)))


DECODERS: Mapping[str, Callable[[memoryview], Chunks]] = MappingProxyType(
    {"bzip2": bzip2, "gzip": gzip, "xz": xz, "zstd": zstd}
)
"""By the format names of `unrig.formats.sniff`."""

_MAGIC = MappingProxyType({"bzip2": b"BZh", "gzip": b"\x1f\x8b\x08", "xz": b"\xfd7zXZ\0", "zstd": b"\x28\xb5\x2f\xfd"})


def format_of(data: memoryview) -> str:
    """Return which of DECODERS reads these bytes, by their first ones. Raises FormatError where none does."""
    for name, magic in _MAGIC.items():
        if bytes(data[: len(magic)]) == magic:
            return name
    raise FormatError("compressed file", "gzip, bzip2, xz or zstd", bytes(data[:6]).hex())


def decoder_of(data: memoryview) -> Callable[[memoryview], Chunks]:
    """Return the decoder of these bytes. Raises FormatError where there is none."""
    return DECODERS[format_of(data)]


def end_of(chunks: Chunks, limit: int = MAX_PLAIN) -> int:
    """Return the offset behind a stream, its chunks thrown away.

    Raises what the decoder raises, and LimitError once more than `limit` bytes came out.
    """
    total = 0
    while total <= limit:
        try:
            total += len(next(chunks))
        except StopIteration as stop:
            return int(stop.value)
    raise LimitError("compressed stream", f"{limit:,} bytes", "more")


def _xz_decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


def _zlib(data: memoryview, at: int, window: int, what: str) -> Chunks:
    """Yield what one zlib stream holds; the tail that zlib did not take stays a view."""
    decoder = zlib_ng.decompressobj(window)
    start = at
    while at < len(data):
        piece = data[at : at + INPUT]
        try:
            plain = decoder.decompress(piece, CHUNK)
        except zlib_ng.error as error:  # type: ignore[misc]  # its stub takes the class for an instance
            raise FormatError(f"{what} at {start:#x}", "a valid stream", str(error)) from error
        at += len(piece) - len(decoder.unconsumed_tail) - len(decoder.unused_data)
        if plain:
            yield plain
        if decoder.eof:
            return at
    yield from _flushed(decoder, start, what)
    return at


def _flushed(decoder: zlib_ng._Decompress, start: int, what: str) -> Iterator[bytes]:
    """Yield what a decoder still holds after the last input; raise FormatError unless the stream ends there."""
    while not decoder.eof:
        try:
            plain = decoder.decompress(decoder.unconsumed_tail, CHUNK)
        except zlib_ng.error as error:  # type: ignore[misc]  # its stub takes the class for an instance
            raise FormatError(f"{what} at {start:#x}", "a valid stream", str(error)) from error
        if not plain:
            break
        yield plain
    if not decoder.eof:
        raise FormatError(f"{what} at {start:#x}", "its end", "the end of the data")


def _stepwise(data: memoryview, at: int, decoder: _Decompressor, what: str) -> Chunks:
    """Yield what one bzip2 or LZMA stream holds."""
    start = at
    while not decoder.eof:
        piece = bytes(data[at : at + INPUT]) if decoder.needs_input else b""
        if decoder.needs_input and not piece:
            raise FormatError(f"{what} at {start:#x}", "its end", "the end of the data")
        at += len(piece)
        yield from _step(decoder, piece, f"{what} at {start:#x}")
    return at - len(decoder.unused_data)


def _step(decoder: _Decompressor, piece: bytes, where: str) -> Iterator[bytes]:
    try:
        plain = decoder.decompress(piece, CHUNK)
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        if "emory" in str(error):  # LZMA_MEMLIMIT_ERROR has no type of its own
            raise LimitError(where, f"{XZ_MEMORY} bytes of memory", str(error)) from error
        raise FormatError(where, "a valid stream", str(error)) from error
    if plain:
        yield plain


def _exact(chunks: Chunks, size: int, end: int) -> Chunks:
    """Yield no more than `size` bytes: raw LZMA need not mark its end."""
    left = size
    try:
        while left > 0:
            plain = next(chunks)
            yield plain[:left]
            left -= len(plain)
    except StopIteration as stop:
        return int(stop.value)
    return end
