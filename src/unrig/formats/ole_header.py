"""The header of a compound file ([MS-CFB] 2.2) and where its sectors stand."""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.model.errors import FormatError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER_SIZE = 512
MINI_SECTOR = 64  # 2.2: the mini sector shift must be 6
CUTOFF = 4096  # 2.2: the mini stream cutoff size must be this
VERSIONS = {3: 9, 4: 12}  # 2.2: major version and the sector shift that goes with it
MAX_REGULAR = 0xFFFFFFFA  # 2.1: larger sector numbers mean something else
DIFAT_SECTOR, FAT_SECTOR, END_OF_CHAIN, FREE = 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
MAX_NOTES = 64  # damage that repeats says nothing new

_FIELDS = struct.Struct("<HHHHH6sIIIIIIIII")  # from the minor version at 24 to the number of DIFAT sectors at 72
_DIFAT_AT = 76
IN_HEADER = 109
"""FAT sectors that the header itself lists."""


class Header(Struct, frozen=True, kw_only=True):
    """What the header says; numbers of sectors are as declared."""

    version: int
    """3 or 4."""
    sector_size: int
    directory_sectors: int
    fat_sectors: int
    directory_start: int
    cutoff: int
    """Streams below this many bytes stand in the mini stream."""
    mini_fat_start: int
    mini_fat_sectors: int
    difat_start: int
    difat_sectors: int
    difat: tuple[int, ...]
    """The first 109 entries of the DIFAT."""
    sector_count: int
    """How many sectors the file has behind its header, a last one that is cut short counted in."""
    damaged: tuple[str, ...]


class Notes:
    """Lines of damage, each once and no more than MAX_NOTES of them."""

    def __init__(self, lines: tuple[str, ...] = ()) -> None:
        self.lines: list[str] = list(lines)

    def add(self, where: str, expected: str, observed: str) -> None:
        """Note `where: expected ..., found ...`."""
        line = f"{where}: expected {expected}, found {observed}"
        if line not in self.lines and len(self.lines) < MAX_NOTES:
            self.lines.append(line)
        elif line not in self.lines and len(self.lines) == MAX_NOTES:
            self.lines.append(f"notes: expected at most {MAX_NOTES} kinds of damage, found more")


def read_header(data: memoryview) -> Header:
    """Return the header. Raises FormatError where magic, byte order or sector size are not those of a compound file."""
    if len(data) < HEADER_SIZE:
        raise FormatError("header", f"{HEADER_SIZE} bytes", f"{len(data)} bytes")
    if bytes(data[:8]) != MAGIC:
        raise FormatError("header", MAGIC.hex(), bytes(data[:8]).hex())
    _, major, order, shift, mini, reserved, directories, fats, start, _, cutoff, *tables = _FIELDS.unpack_from(data, 24)
    if order != 0xFFFE or shift not in VERSIONS.values():
        raise FormatError("header", "byte order 0xfffe and sectors of 512 or 4,096 bytes", f"{order:#x}, 2^{shift}")
    notes = Notes()
    if VERSIONS.get(major) != shift:
        notes.add("header: version", f"the one of 2^{shift} bytes a sector", str(major))
    if mini != 6:
        notes.add("header: mini sector shift", "6", str(mini))
    if cutoff != CUTOFF:
        notes.add("header: mini stream cutoff", str(CUTOFF), str(cutoff))
    if any(reserved) or any(data[8:24]):
        notes.add("header: reserved fields", "zeros", (bytes(data[8:24]) + reserved).hex())
    size = 1 << shift
    return Header(
        version=3 if shift == VERSIONS[3] else 4,
        sector_size=size,
        directory_sectors=directories,
        fat_sectors=fats,
        directory_start=start,
        cutoff=cutoff,
        mini_fat_start=tables[0],
        mini_fat_sectors=tables[1],
        difat_start=tables[2],
        difat_sectors=tables[3],
        difat=struct.unpack_from(f"<{IN_HEADER}I", data, _DIFAT_AT),
        sector_count=max(0, -(-len(data) // size) - 1),
        damaged=tuple(notes.lines),
    )


def sector_offset(header: Header, sector: int) -> int:
    """Return where a sector begins in the file."""
    return (sector + 1) * header.sector_size
