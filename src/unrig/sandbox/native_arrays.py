"""What a native library of this process has made, as bytes: nobody but the sandbox uses ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any


def size_of(record: Any) -> int:
    """Return the bytes of one record."""
    return ctypes.sizeof(record)


def collected(record: Any, make: Callable[[Any], int], free: Callable[[Any, int], object]) -> bytes:
    """Return a copy of the records that `make` left behind the pointer it is given; `free` gives them back.

    `make` returns how many there are; where there are none, nothing is given back.
    """
    first = ctypes.POINTER(record)()
    count = make(ctypes.byref(first))
    if not count:
        return b""
    try:
        return ctypes.string_at(first, count * ctypes.sizeof(record))
    finally:
        free(first, count)
