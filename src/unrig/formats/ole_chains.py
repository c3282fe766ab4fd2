"""Chains of sectors ([MS-CFB] 2.3 to 2.6): FAT, DIFAT and mini FAT, and who owns which sector.

Every sector has one owner at most, so following all chains takes as many steps as there are sectors: a chain that
meets an owned sector ends there, as a cycle where the owner is itself, as a crossing where it is another.
"""

from __future__ import annotations

import struct
from array import array

from msgspec import Struct

from unrig.formats.lazy_numpy import np
from unrig.formats.ole_header import (
    DIFAT_SECTOR,
    END_OF_CHAIN,
    FAT_SECTOR,
    FREE,
    MAX_REGULAR,
    Header,
    Notes,
    sector_offset,
)

NOBODY = 0
STRUCTURE = 1
"""Owner of the sectors that hold FAT and DIFAT."""
DIRECTORY = 2
MINI_FAT = 3
FIRST_ENTRY = 4
"""Owners from here on are directory entries: their index and this."""
CROSSING = "which another chain has"
"""How the fault of a chain ends that runs into another one."""


class Chain(Struct, frozen=True, kw_only=True):
    """The sectors of one chain in order, and why it ended before its end mark; empty where it did not."""

    sectors: array[int]
    fault: str
    is_circle: bool = False


class Allocation(Struct, frozen=True, kw_only=True):
    """One allocation table with the owners of its sectors."""

    table: memoryview
    """Number of the next sector, 32 bits each; no longer than there are sectors."""
    owners: array[int]
    """One for each sector."""


def allocation(raw: bytes, count: int) -> Allocation:
    """Return the table of `count` sectors; those that the bytes do not reach are free."""
    values = np.full(count, FREE, dtype=np.uint32)
    read = np.frombuffer(raw[: len(raw) // 4 * 4], dtype="<u4")[:count]
    values[: len(read)] = read
    return Allocation(table=values.data, owners=array("I", bytes(4 * count)))


def follow(space: Allocation, start: int, owner: int) -> Chain:
    """Return the chain from `start`, its sectors made the owner's as far as nobody else has them."""
    sectors, fault, is_circle, at = array("I"), "", False, start
    table, owners = space.table, space.owners
    while at != END_OF_CHAIN:
        if at >= len(owners):
            fault = _no_sector(at)
            break
        if owners[at] != NOBODY:
            is_circle = owners[at] == owner
            fault = f"a cycle at sector {at}" if is_circle else f"sector {at}, {CROSSING}"
            break
        owners[at] = owner
        sectors.append(at)
        at = table[at]
    return Chain(sectors=sectors, fault=fault, is_circle=is_circle)


def _no_sector(number: int) -> str:
    names = {FREE: "a free sector", FAT_SECTOR: "a sector of the FAT", DIFAT_SECTOR: "a sector of the DIFAT"}
    return names.get(number, f"sector {number:#x}, beyond the end" if number <= MAX_REGULAR else f"{number:#x}")


def gather(data: memoryview, header: Header, sectors: array[int]) -> bytes:
    """Return what these sectors hold; a sector that the file's end cuts short is filled with zeros."""
    size = header.sector_size
    parts = (bytes(data[sector_offset(header, s) : sector_offset(header, s) + size]) for s in sectors)
    return b"".join(part.ljust(size, b"\0") for part in parts)


def read_fat(data: memoryview, header: Header, notes: Notes) -> Allocation:
    """Return the FAT with the sectors of FAT and DIFAT owned by the structure."""
    difat_sectors = array("I")
    listed = _difat(data, header, difat_sectors, notes)
    if len(listed) != header.fat_sectors:
        notes.add("FAT", f"{header.fat_sectors} sectors as declared", f"{len(listed)}")
    if len(difat_sectors) != header.difat_sectors:
        notes.add("DIFAT", f"{header.difat_sectors} sectors as declared", f"{len(difat_sectors)}")
    size, hole = header.sector_size, b"\xff" * header.sector_size
    parts = [
        bytes(data[sector_offset(header, s) : sector_offset(header, s) + size]) if s < header.sector_count else hole
        for s in listed
    ]
    raw = b"".join(parts)
    space = allocation(raw, header.sector_count)
    if beyond := raw[4 * header.sector_count :].strip(b"\xff"):
        notes.add("FAT beyond the last sector", "free entries", f"{len(beyond)} bytes of others")
    _own_structure(space, listed, difat_sectors, notes)
    return space


def _own_structure(space: Allocation, listed: array[int], difat_sectors: array[int], notes: Notes) -> None:
    for name, sectors, mark in (("FAT", listed, FAT_SECTOR), ("DIFAT", difat_sectors, DIFAT_SECTOR)):
        for sector in sectors:
            if sector >= len(space.owners):
                notes.add(name, "sectors within the file", _no_sector(sector))
            elif space.owners[sector] != NOBODY:
                notes.add(name, "each sector once", f"sector {sector} again")
            else:
                if space.table[sector] != mark:
                    notes.add(name, f"sector {sector} marked as its own", f"{space.table[sector]:#x}")
                space.owners[sector] = STRUCTURE


def _difat(data: memoryview, header: Header, own: array[int], notes: Notes) -> array[int]:
    """Return the sectors of the FAT as the DIFAT lists them (2.5); its own sectors are added to `own`.

    No more of them are read than could describe the whole file.
    """
    each = header.sector_size // 4
    most = -(-header.sector_count // each)
    values, at, seen = list(header.difat), header.difat_start, set[int]()
    while at < header.sector_count and at not in seen and len(values) <= most + len(header.difat):
        seen.add(at)
        own.append(at)
        start = sector_offset(header, at)
        raw = bytes(data[start : start + header.sector_size]).ljust(header.sector_size, b"\xff")
        *more, at = struct.unpack(f"<{each}I", raw)
        values += more
    if at not in {END_OF_CHAIN, FREE}:
        notes.add("DIFAT", "an end of its chain", "a cycle" if at in seen else _no_sector(at))
    used = array("I", (value for value in values if value != FREE))
    if len(used) > most:
        notes.add("FAT", f"at most {most} sectors for a file of this size", f"{len(used)}")
    return used[:most]
