"""Where a GIF ends: behind its trailer (GIF89a specification, sections 17 to 27)."""

from __future__ import annotations

import struct

from unrig.formats.image_picture import Picture
from unrig.model.errors import FormatError

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
MAX_SUBBLOCKS = 1 << 22  # of up to 255 bytes each: 1 GiB
HAS_TABLE = 0x80


def read(data: memoryview) -> Picture:
    """Return the GIF at the start of the data. Raises FormatError where there is none."""
    if len(data) < 13 or bytes(data[:6]) not in {b"GIF87a", b"GIF89a"}:
        raise FormatError("GIF", "a signature and a screen descriptor", bytes(data[:13]).hex())
    width, height, flags = struct.unpack_from("<2HB", data, 6)
    at = 13 + _table(flags)
    count, left = 0, MAX_SUBBLOCKS
    damage = ""
    while not damage:
        kind = data[at] if at < len(data) else -1
        if kind == TRAILER:
            return Picture(end=at + 1, width=width, height=height, count=max(1, count))
        if kind == IMAGE and at + 10 <= len(data):
            count += 1
            start = at + 10 + _table(data[at + 9]) + 1  # behind the code size of LZW
        elif kind == EXTENSION:
            start = at + 2
        else:
            damage = f"{at:#x}: a block or the trailer, {'the end of the data' if kind < 0 else hex(kind)}"
            break
        at, steps = _behind(data, start, left)
        left -= steps
        if left <= 0:
            damage = f"{at:#x}: at most {MAX_SUBBLOCKS} sub-blocks, more"
    return Picture(end=len(data), width=width, height=height, count=max(1, count), damaged=(damage,))


def _table(flags: int) -> int:
    """Return the size of a color table in bytes."""
    return 3 << (flags & 7) + 1 if flags & HAS_TABLE else 0


def _behind(data: memoryview, at: int, most: int) -> tuple[int, int]:
    """Return the offset behind a row of sub-blocks, and how many there were."""
    for step in range(most):
        if at >= len(data) or data[at] == 0:
            return at + 1, step + 1
        at += 1 + data[at]
    return at, most
