"""Zstandard (RFC 8878): the frames of a file, whose ends are found from their block headers, and what they hold.

The library decompresses; it gives no offset behind a frame, and takes what follows for nothing. So the frames are
walked here first: a frame that is cut, or bytes behind the last one, are seen.
"""

from __future__ import annotations

import importlib
import struct
from collections.abc import Generator

from unrig.model.errors import FormatError, LimitError

CHUNK = 1 << 18
MAX_WINDOW = 1 << 27  # zstd --ultra --long=27; the command refuses more unless it is asked for
MAGIC = 0xFD2FB528
SKIPPABLE = 0x184D2A50  # 3.1.2: and the fifteen that follow
_SIZES = (0, 2, 4, 8)  # bytes of the frame content size by its flag (3.1.1.1.1.1)
_DICTIONARY = (0, 1, 2, 4)


def zstd(data: memoryview) -> Generator[bytes, None, int]:
    """Yield what a zstd file holds, its frames one after the other; return the offset behind the last.

    Raises FormatError where a frame lies, LimitError where it asks for a window of more than MAX_WINDOW bytes.
    """
    at = 0
    while True:
        end = frame_end(data, at)
        if _magic(data, at) == MAGIC:
            yield from _frame(data[at:end], at)
        at = end
        if _magic(data, at) != MAGIC and not _is_skippable(data, at):
            return at


def frame_end(data: memoryview, at: int) -> int:
    """Return the offset behind the frame at an offset. Raises FormatError where it is none, or not whole."""
    if _is_skippable(data, at):
        return _whole(data, at, at + 8 + _number(data, at + 4, 4))
    if _magic(data, at) != MAGIC:
        raise FormatError(f"zstd frame at {at:#x}", "its magic number", bytes(data[at : at + 4]).hex())
    flags = _number(data, at + 4, 1)
    single = flags >> 5 & 1
    sizes = _SIZES[flags >> 6] or single
    place = at + 5 + (1 - single) + _DICTIONARY[flags & 3] + sizes
    while True:
        block = _number(data, place, 3)
        place += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)  # 3.1.1.2: an RLE block is one byte
        if block & 1:
            return _whole(data, at, place + (4 if flags & 4 else 0))


def _frame(frame: memoryview, at: int) -> Generator[bytes, None, None]:
    zstandard = importlib.import_module("zstandard")  # loaded by the workers' server, and by nothing that needs none
    reader = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(frame, read_across_frames=False)
    while True:
        try:
            plain = reader.read(CHUNK)
        except zstandard.ZstdError as error:
            if "memory" in str(error):
                raise LimitError(f"zstd frame at {at:#x}", f"a window of {MAX_WINDOW:,} bytes", str(error)) from error
            raise FormatError(f"zstd frame at {at:#x}", "a valid frame", str(error)) from error
        if not plain:
            return
        yield plain


def _magic(data: memoryview, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little") if at + 4 <= len(data) else -1


def _is_skippable(data: memoryview, at: int) -> bool:
    return _magic(data, at) & ~0xF == SKIPPABLE


def _number(data: memoryview, at: int, length: int) -> int:
    if at + length > len(data):
        raise FormatError("zstd frame", "its end", "the end of the data")
    return struct.unpack("<Q", bytes(data[at : at + length]).ljust(8, b"\0"))[0] if length else 0


def _whole(data: memoryview, at: int, end: int) -> int:
    if end > len(data):
        raise FormatError(f"zstd frame at {at:#x}", f"its end at {end:#x}", f"the end of the data at {len(data):#x}")
    return end
