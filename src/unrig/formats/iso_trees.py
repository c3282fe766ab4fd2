"""Do the two trees of an ISO 9660 image with Joliet names hold the same files?

ECMA-119 8.4, 8.5, 9.1 (descriptors and directory records), 8.5.6 with Joliet's escape sequences (UCS-2 level 1 to 3).
Usually both name the same extents; where they do not, what a person sees depends on the system that mounts the disc.
"""

from __future__ import annotations

from unrig.formats.sniff_discs import FIRST, MAX_DESCRIPTORS, SECTOR
from unrig.formats.sniff_magic import has

JOLIET = (b"%/@", b"%/C", b"%/E")
ROOT = 156  # offset of the root's record in a descriptor
MAX_RECORDS = 200_000
MAX_DIRECTORIES = 50_000
FOLDER, MORE = 2, 128  # file flags, ECMA-119 9.1.6
LARGEST_DIRECTORY = 16 << 20

Extents = frozenset[tuple[int, int]]
"""Of files: first sector and bytes."""


def is_iso_with_other_joliet(data: memoryview) -> bool:
    """Tell whether there is a Joliet tree, and some file that only one of the two trees has."""
    primary, joliet = -1, -1
    for number in range(MAX_DESCRIPTORS):
        at = FIRST + number * SECTOR
        if not has(data, b"CD001\1", at + 1) or at + SECTOR > len(data):
            break
        if data[at] == 1 and primary < 0:
            primary = at
        elif data[at] == 2 and bytes(data[at + 88 : at + 91]) in JOLIET:
            joliet = at
    return primary >= 0 and joliet >= 0 and extents(data, primary + ROOT) != extents(data, joliet + ROOT)


def extents(data: memoryview, root: int) -> Extents:
    """Return where the files below a directory's record stand; as far as the tree can be read, which has an end.

    Empty files have no extent and do not count.
    """
    waiting, seen = [_extent(data, root)], {_extent(data, root)}
    found: set[tuple[int, int]] = set()
    records = 0
    while waiting and len(seen) < MAX_DIRECTORIES and records < MAX_RECORDS:
        start, size = waiting.pop()
        at, end = start * SECTOR, min(start * SECTOR + min(size, LARGEST_DIRECTORY), len(data))
        while at + 33 < end and records < MAX_RECORDS:
            length = data[at]
            if length < 34:  # ECMA-119 6.8.1.1: none crosses a sector, the rest of which is zeros
                at = (at // SECTOR + 1) * SECTOR
                continue
            records += 1
            place = _extent(data, at)
            name = bytes(data[at + 33 : at + 33 + data[at + 32]])
            if data[at + 25] & FOLDER:
                if name not in {b"\0", b"\1"} and place not in seen:
                    seen.add(place)
                    waiting.append(place)
            elif place[1]:
                found.add(place)
            at += length
    return frozenset(found)


def _extent(data: memoryview, record: int) -> tuple[int, int]:
    """Return first sector and bytes, as their little-endian halves say."""
    field = bytes(data[record + 2 : record + 18])
    return int.from_bytes(field[:4], "little"), int.from_bytes(field[8:12], "little")
