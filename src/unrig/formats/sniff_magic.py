"""Does a fixed value stand at an offset? Shared by the structure checks of `sniff`."""

from __future__ import annotations

import struct


def has(data: memoryview, magic: bytes, offset: int = 0) -> bool:
    """Tell whether these bytes stand at an offset; False where the data ends before."""
    return bytes(data[offset : offset + len(magic)]) == magic


def number(data: memoryview, layout: str, offset: int) -> int:
    """Return the one number of a struct layout at an offset, -1 where the data ends before."""
    if offset + struct.calcsize(layout) > len(data):
        return -1
    value: int = struct.unpack_from(layout, data, offset)[0]
    return value
