"""Where a PNG ends: behind its IEND chunk (W3C PNG, third edition, section 5)."""

from __future__ import annotations

import struct
import zlib

from unrig.formats.image_picture import Picture
from unrig.model.errors import FormatError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 1 << 18  # writers make chunks of 8 KiB and more: 2 GiB
MAX_DAMAGE = 16
_CHUNK = struct.Struct(">I4s")


def read(data: memoryview, start: int = 0, limit: int | None = None) -> Picture:
    """Return the PNG that begins at `start` and ends at `limit` at the latest. Raises FormatError where none does."""
    stop = len(data) if limit is None else limit
    if bytes(data[start : start + 8]) != SIGNATURE or bytes(data[start + 12 : start + 16]) != b"IHDR":
        raise FormatError("PNG", "a signature and IHDR", bytes(data[start : start + 16]).hex())
    if start + 24 > stop:
        raise FormatError("PNG", "width and height", "the end of the data")
    width, height = struct.unpack_from(">2I", data, start + 16)
    damage: list[str] = []
    frames, at = 0, start + 8
    for _ in range(MAX_CHUNKS):
        if at + _CHUNK.size + 4 > stop:
            damage.append(f"{at:#x}: a chunk, the end of the data")
            break
        length, kind = _CHUNK.unpack_from(data, at)
        end = at + _CHUNK.size + length + 4
        if end > stop:
            damage.append(f"{at:#x}: a chunk of {length} bytes, {stop - at - 12} bytes")
            break
        if len(damage) < MAX_DAMAGE and not _crc_holds(data, at, end):
            damage.append(f"{at:#x}: a chunk whose CRC holds, another")
        frames += kind == b"fcTL"
        at = end
        if kind == b"IEND":
            return Picture(end=at, width=width, height=height, count=max(1, frames), damaged=tuple(damage))
    else:
        damage.append(f"{at:#x}: at most {MAX_CHUNKS} chunks, more")
    return Picture(end=stop, width=width, height=height, count=max(1, frames), damaged=tuple(damage))


def _crc_holds(data: memoryview, at: int, end: int) -> bool:
    return zlib.crc32(data[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
