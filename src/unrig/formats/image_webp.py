"""Where a WebP ends: behind the last chunk of its RIFF (RFC 9649, section 2)."""

from __future__ import annotations

import struct

from unrig.formats.image_picture import Picture
from unrig.model.errors import FormatError

MAX_CHUNKS = 1 << 16
_CHUNK = struct.Struct("<4sI")


def read(data: memoryview) -> Picture:
    """Return the WebP at the start of the data. Raises FormatError where there is none."""
    if len(data) < 20 or bytes(data[:4]) != b"RIFF" or bytes(data[8:12]) != b"WEBP":
        raise FormatError("WebP", "a RIFF header", bytes(data[:12]).hex())
    declared = 8 + int.from_bytes(data[4:8], "little")
    stop = min(declared, len(data))
    damage = [f"size: at most {len(data)}, {declared} declared"] if declared > len(data) else []
    width, height, frames, at = 0, 0, 0, 12
    for _ in range(MAX_CHUNKS):
        if at + _CHUNK.size > stop:
            break
        kind, length = _CHUNK.unpack_from(data, at)
        if at + _CHUNK.size + length > stop:
            damage.append(f"{at:#x}: a chunk of {length} bytes, {stop - at - _CHUNK.size} bytes")
            break
        if not width:
            width, height = _size(data, at + _CHUNK.size, kind, length)
        frames += kind == b"ANMF"
        at += _CHUNK.size + length + length % 2
    else:
        damage.append(f"{at:#x}: at most {MAX_CHUNKS} chunks, more")
    end = min(stop, max(at, 12)) if not damage else len(data)
    return Picture(end=end, width=width, height=height, count=max(1, frames), damaged=tuple(damage))


def _size(data: memoryview, at: int, kind: bytes, length: int) -> tuple[int, int]:
    """Return width and height as a chunk says them (RFC 9649 2.5 to 2.7), zeros where it does not."""
    if length < (5 if kind == b"VP8L" else 10):
        return 0, 0
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[at + 4 : at + 7], "little"), 1 + int.from_bytes(data[at + 7 : at + 10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[at + 1 : at + 5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return int.from_bytes(data[at + 6 : at + 8], "little") & 0x3FFF, int.from_bytes(
            data[at + 8 : at + 10], "little"
        ) & 0x3FFF
    return 0, 0
