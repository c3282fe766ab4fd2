"""The Rich header: which tools made the objects of a PE, as link.exe has written it since Visual Studio 98.

Undocumented by Microsoft; Daniel Pistelli, "Microsoft's Rich Signature (undocumented)", gives the layout and the
checksum that is also the XOR key.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.formats.pe import PeHeader
from unrig.model.pe import RichEntry

DANS = 0x536E6144  # "DanS", the first word once decoded
PADDING = 3  # zero words behind it
MAX_ENTRIES = 256  # the most of 159 real PEs is 15


class Rich(Struct, frozen=True, kw_only=True):
    """The decoded header, empty where there is none."""

    entries: tuple[RichEntry, ...] = ()
    intact: bool = True
    """The key is the checksum of the DOS header and the entries: neither was edited after linking."""
    damaged: tuple[str, ...] = ()


def read_rich(data: memoryview, header: PeHeader) -> Rich:
    """Return the Rich header that stands between DOS header and PE header."""
    stub = bytes(data[: min(header.pe_offset, 0x1000)])
    end = stub.rfind(b"Rich")
    if end < 64 or end % 4 or end + 8 > len(stub):
        return Rich()
    key = int.from_bytes(stub[end + 4 : end + 8], "little")
    start = stub.rfind((DANS ^ key).to_bytes(4, "little"), 0, end)
    if start < 0 or start % 4 or (end - start) // 4 < 1 + PADDING:
        return Rich(damaged=(f"rich header: expected DanS before {end:#x}, found none",))
    words = [word ^ key for (word,) in struct.iter_unpack("<I", stub[start:end])][1 + PADDING :]
    entries = tuple(_entry(word, count) for word, count in zip(words[0::2], words[1::2], strict=False))
    return Rich(entries=entries[:MAX_ENTRIES], intact=checksum(stub, start, entries) == key)


def checksum(stub: bytes, start: int, entries: tuple[RichEntry, ...]) -> int:
    """Return the checksum over the bytes before the header (without e_lfanew) and its entries."""
    total = start
    for offset, byte in enumerate(stub[:start]):
        if not 0x3C <= offset < 0x40:
            total += _rotated(byte, offset)
    for entry in entries:
        total += _rotated(entry.product << 16 | entry.build, entry.count)
    return total & 0xFFFFFFFF


def _entry(word: int, count: int) -> RichEntry:
    """Return one tool."""
    return RichEntry(product=word >> 16, build=word & 0xFFFF, count=count)


def _rotated(value: int, count: int) -> int:
    """Rotate 32 bits to the left."""
    count &= 31
    return (value << count | value >> (32 - count)) & 0xFFFFFFFF
