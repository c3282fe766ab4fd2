"""What begins as a container or an image does, and whose own structure does not hold: it lies, or it is cut.

None of it opens in a program that keeps to the format, and some of it in one that does not. It is told by what no other
file begins with, so that it is said instead of passed over as bytes that nobody knows.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType

from unrig.formats.sniff_magic import has, number

BROKEN = "broken "
"""What stands before the format in the name that `sniff` gives."""
MAGICS: Mapping[str, bytes] = MappingProxyType(
    {
        "7z": b"7z\xbc\xaf\x27\x1c",
        "cab": b"MSCF\0\0\0\0",
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "png": b"\x89PNG\r\n\x1a\n",
        "rar": b"Rar!\x1a\x07",
        "rpm": b"\xed\xab\xee\xdb",
        "wim": b"MSWIM\0\0\0",
        "xz": b"\xfd7zXZ\0",
        "zip": b"PK\3\4",
        "zstd": b"\x28\xb5\x2f\xfd",
    }
)
"""All that no text begins with. In 16,000 files of 150 real releases none was left over that begins so."""
NAMES = tuple(sorted(BROKEN + name for name in (*MAGICS, "asar", "ico")))
"""All that `broken` may give."""
DEPTHS = frozenset({0, 1, 2, 4, 8, 16, 24, 32})
ICON_ENTRIES = 16
"""Entries of an icon's directory that are looked at."""


def broken(data: memoryview) -> str:
    """Return the format that the data begin as, with BROKEN before it; empty where they begin as none."""
    for name, magic in MAGICS.items():
        if has(data, magic):
            return BROKEN + name
    if _asar(data):
        return BROKEN + "asar"
    return BROKEN + "ico" if _ico(data) else ""


def _asar(data: memoryview) -> bool:
    """Tell whether a directory that claims to be longer than the file begins as asar's writers begin it."""
    if len(data) < 24 or number(data, "<I", 0) != 4:
        return False
    return bytes(data[16:80]).lstrip().startswith(b'{"files"')


def _ico(data: memoryview) -> bool:
    """Tell whether a directory of icons stands here, by the fields of its entries that have few values.

    One that names more images than there is room for still has its first entry.
    """
    if len(data) < 22 or not has(data, b"\0\0\1\0") or not number(data, "<H", 4):
        return False
    count = min(number(data, "<H", 4), ICON_ENTRIES, (len(data) - 6) // 16)
    rows = struct.iter_unpack("<3xBHHII", data[6 : 6 + 16 * count])
    return all(not spare and planes <= 1 and bits in DEPTHS and size and at for spare, planes, bits, size, at in rows)
