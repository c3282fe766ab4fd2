"""Headers of a Portable Executable: DOS stub, COFF, optional header, data directories, section table.

Follows Microsoft's PE Format specification (the names are its names in snake_case). Nothing here reads what the
directories point at: that is `pe_map` and the modules named after each directory.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.model.errors import FormatError

EXPORT, IMPORT, RESOURCE, EXCEPTION, SECURITY, RELOCATION, DEBUG = range(7)
DELAY_IMPORT, CLR = 13, 14
"""Indices into the data directories that unrig reads (Optional Header Data Directories)."""

MAX_DIRECTORIES = 16  # PE specification: IMAGE_NUMBEROF_DIRECTORY_ENTRIES
MAX_SECTIONS = 2048  # Windows XP's loader stops at 96, later ones at 65,535; link.exe never writes 100
MAX_NOTES = 64  # damage that repeats says nothing new
IS_DLL = 0x2000  # IMAGE_FILE_DLL
MACHINES = {0x014C: "x86", 0x8664: "x64", 0x01C0: "arm", 0x01C4: "arm", 0xAA64: "arm64"}

_COFF = struct.Struct("<HHIIIHH")
_SECTION = struct.Struct("<8sIIIIIIHHI")
_DIRECTORY = struct.Struct("<II")
_OPTIONAL_SIZES = {0x10B: 96, 0x20B: 112}  # up to the data directories, PE32 and PE32+


class Directory(Struct, frozen=True, kw_only=True):
    """One data directory: where it is loaded and its size. For SECURITY `rva` is an offset in the file."""

    rva: int = 0
    size: int = 0


class SectionHeader(Struct, frozen=True, kw_only=True):
    """One row of the section table, as it stands there."""

    name: str
    virtual_address: int
    virtual_size: int
    raw_offset: int
    raw_size: int
    characteristics: int


class OptionalHeader(Struct, frozen=True, kw_only=True):
    """The optional header without its data directories."""

    is_plus: bool
    linker: str
    entry_point: int
    image_base: int
    section_alignment: int
    file_alignment: int
    image_size: int
    headers_size: int
    checksum: int
    subsystem: int
    dll_characteristics: int
    directory_count: int
    """NumberOfRvaAndSizes as declared, which may exceed what is there."""


class PeHeader(Struct, frozen=True, kw_only=True):
    """All headers of one PE. Offsets are in the file, times in Unix seconds."""

    pe_offset: int
    """e_lfanew: where the PE signature stands."""
    machine: str
    timestamp: int
    symbols_offset: int
    """PointerToSymbolTable; 0 where there is none."""
    symbols_count: int
    characteristics: int
    optional: OptionalHeader
    checksum_offset: int
    """Where the four bytes of CheckSum stand (Authenticode leaves them out)."""
    directories_offset: int
    """Where the data directories begin, eight bytes each."""
    directories: tuple[Directory, ...]
    sections: tuple[SectionHeader, ...]
    sections_offset: int
    damaged: tuple[str, ...] = ()


def note(damaged: list[str], where: str, expected: str, observed: str) -> None:
    """Add one line of damage, once each and no more than MAX_NOTES of them."""
    line = f"{where}: expected {expected}, found {observed}"
    if len(damaged) < MAX_NOTES and line not in damaged:
        damaged.append(line)


def read_header(data: memoryview) -> PeHeader:
    """Return the headers of a PE.

    Raises FormatError where `MZ`, the PE signature or the optional header's magic is missing, or where these
    headers run beyond the file; a section table or directories that do are damage.
    """
    pe_offset = _pe_offset(data)
    coff = pe_offset + 4
    machine, section_count, timestamp, symbols_offset, symbols_count, optional_size, characteristics = _COFF.unpack(
        _take(data, coff, _COFF.size, "COFF header")
    )
    optional_offset = coff + _COFF.size
    optional = _optional_header(data, optional_offset)
    damaged: list[str] = []
    directories_offset = optional_offset + (112 if optional.is_plus else 96)
    sections_offset = optional_offset + optional_size
    return PeHeader(
        pe_offset=pe_offset,
        machine=MACHINES.get(machine, f"{machine:#06x}"),
        timestamp=timestamp,
        symbols_offset=symbols_offset,
        symbols_count=symbols_count,
        characteristics=characteristics,
        optional=optional,
        checksum_offset=optional_offset + 64,
        directories_offset=directories_offset,
        directories=_directories(data, directories_offset, sections_offset, optional.directory_count, damaged),
        sections=_sections(data, sections_offset, section_count, damaged),
        sections_offset=sections_offset,
        damaged=tuple(damaged),
    )


def directory(header: PeHeader, index: int) -> Directory:
    """Return one data directory, an empty one where the file has none."""
    return header.directories[index] if index < len(header.directories) else Directory()


def _take(data: memoryview, offset: int, length: int, what: str) -> memoryview:
    """Return `length` bytes at `offset`; raise FormatError where the file ends before."""
    if offset + length > len(data):
        raise FormatError(f"{what} at {offset:#x}", f"{length} bytes", f"{max(0, len(data) - offset)} bytes")
    return data[offset : offset + length]


def _pe_offset(data: memoryview) -> int:
    """Return e_lfanew once both signatures stand where they must."""
    dos = _take(data, 0, 64, "DOS header")
    if bytes(dos[:2]) != b"MZ":
        raise FormatError("DOS header", "MZ", bytes(dos[:2]).hex())
    offset: int = struct.unpack_from("<I", dos, 60)[0]
    signature = bytes(_take(data, offset, 4, "PE signature"))
    if signature != b"PE\0\0":
        raise FormatError(f"PE signature at {offset:#x}", "50450000", signature.hex())
    return offset


def _optional_header(data: memoryview, offset: int) -> OptionalHeader:
    """Return the optional header, PE32 or PE32+ by its magic."""
    magic: int = struct.unpack("<H", _take(data, offset, 2, "optional header"))[0]
    size = _OPTIONAL_SIZES.get(magic)
    if size is None:
        raise FormatError(f"optional header at {offset:#x}", "magic 0x10b or 0x20b", f"{magic:#x}")
    raw = _take(data, offset, size, "optional header")
    is_plus = magic == 0x20B
    major, minor, entry_point = struct.unpack_from("<2xBB12xI", raw)
    image_base: int = struct.unpack_from("<Q" if is_plus else "<I", raw, 24 if is_plus else 28)[0]
    section_alignment, file_alignment = struct.unpack_from("<II", raw, 32)
    image_size, headers_size, checksum, subsystem, dll_characteristics = struct.unpack_from("<IIIHH", raw, 56)
    return OptionalHeader(
        is_plus=is_plus,
        linker=f"{major}.{minor}",
        entry_point=entry_point,
        image_base=image_base,
        section_alignment=section_alignment,
        file_alignment=file_alignment,
        image_size=image_size,
        headers_size=headers_size,
        checksum=checksum,
        subsystem=subsystem,
        dll_characteristics=dll_characteristics,
        directory_count=struct.unpack_from("<I", raw, size - 4)[0],
    )


def _directories(
    data: memoryview, offset: int, sections_offset: int, declared: int, damaged: list[str]
) -> tuple[Directory, ...]:
    """Return the data directories that are there; the loader goes by their number, so those past the header too."""
    if declared > MAX_DIRECTORIES:
        note(damaged, "data directories", f"at most {MAX_DIRECTORIES}", str(declared))
    wanted = min(declared, MAX_DIRECTORIES)
    present = min(wanted, max(0, len(data) - offset) // _DIRECTORY.size)
    end = offset + wanted * _DIRECTORY.size
    if present < wanted or end > sections_offset:
        note(damaged, "data directories", f"{wanted} before {sections_offset:#x}", f"their end at {end:#x}")
    raw = data[offset : offset + present * _DIRECTORY.size]
    return tuple(Directory(rva=rva, size=size) for rva, size in _DIRECTORY.iter_unpack(raw))


def _sections(data: memoryview, offset: int, declared: int, damaged: list[str]) -> tuple[SectionHeader, ...]:
    """Return the rows of the section table that are there."""
    if declared > MAX_SECTIONS:
        note(damaged, "section table", f"at most {MAX_SECTIONS} sections", str(declared))
    wanted = min(declared, MAX_SECTIONS)
    present = min(wanted, max(0, len(data) - offset) // _SECTION.size)
    if present < wanted:
        note(damaged, "section table", f"{wanted} sections", f"room for {present}")
    rows = _SECTION.iter_unpack(data[offset : offset + present * _SECTION.size])
    sections = tuple(_section(row) for row in rows)
    for section in sections:
        if section.raw_size and section.raw_offset + section.raw_size > len(data):
            end = section.raw_offset + section.raw_size
            note(damaged, f"section {section.name}", f"raw data within {len(data)} bytes", f"its end at {end}")
    return sections


def _section(row: tuple[bytes, int, int, int, int, int, int, int, int, int]) -> SectionHeader:
    """Return one row of the section table."""
    name, virtual_size, virtual_address, raw_size, raw_offset, *_, characteristics = row
    return SectionHeader(
        name=name.rstrip(b"\0").decode("utf-8", "backslashreplace"),
        virtual_address=virtual_address,
        virtual_size=virtual_size,
        raw_offset=raw_offset,
        raw_size=raw_size,
        characteristics=characteristics,
    )
