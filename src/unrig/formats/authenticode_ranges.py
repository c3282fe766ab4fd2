"""What of a PE Authenticode hashes (Authenticode_PE, "Calculating the PE Image Hash") and where its signature lies."""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.model.errors import FormatError
from unrig.model.signature import PageHashes

PE32, PE32_PLUS = 0x10B, 0x20B
SECURITY_DIRECTORY = 4  # PE Format, "Optional Header Data Directories"
SECTION_HEADER = struct.Struct("<8sIIII16x")
PAGE = 4096
ALIGNMENT = 8


class Range(Struct, frozen=True, kw_only=True):
    """A range of file offsets, `end` excluded."""

    start: int
    end: int


class Layout(Struct, frozen=True, kw_only=True):
    """The offsets of one PE that its image hash depends on."""

    size: int
    checksum: Range
    directory: Range | None
    """The security directory entry; None where the optional header has fewer directories."""
    headers_size: int
    section_alignment: int
    sections: tuple[Range, ...]
    """Raw data of the sections that have any, as the headers declare it."""
    declared: Range
    """The certificate table as declared."""
    table: Range
    """The part of it that lies in the file; empty where there is none."""
    damaged: tuple[str, ...]


def layout(data: memoryview) -> Layout:
    """Return the layout of a PE; FormatError where its headers cannot be read."""
    header = _pe_header(data)
    try:
        return _layout(data, header)
    except struct.error as error:
        raise FormatError(f"offset {header:#x}", "an optional header", f"the end of the file ({error})") from None


def _pe_header(data: memoryview) -> int:
    """Offset of the PE signature (PE Format, "MS-DOS Stub" and "Signature")."""
    if len(data) < 64 or bytes(data[:2]) != b"MZ":
        raise FormatError("offset 0", "MZ", bytes(data[:2]).hex() or "nothing")
    offset: int = struct.unpack_from("<I", data, 60)[0]
    if bytes(data[offset : offset + 4]) != b"PE\0\0":
        raise FormatError(
            f"offset {offset:#x}", "the PE signature", bytes(data[offset : offset + 4]).hex() or "the end"
        )
    return offset


def _layout(data: memoryview, header: int) -> Layout:
    """Read COFF header, optional header and section table."""
    section_count, optional_size = struct.unpack_from("<H12xH", data, header + 6)
    optional = header + 24
    magic: int = struct.unpack_from("<H", data, optional)[0]
    if magic not in (PE32, PE32_PLUS):
        raise FormatError(f"offset {optional:#x}", "optional header magic 0x10b or 0x20b", f"{magic:#x}")
    section_alignment: int = struct.unpack_from("<I", data, optional + 32)[0]
    headers_size: int = struct.unpack_from("<I", data, optional + 60)[0]
    directories = optional + (96 if magic == PE32 else 112)
    count: int = struct.unpack_from("<I", data, directories - 4)[0]
    directory, declared = None, Range(start=0, end=0)
    if count > SECURITY_DIRECTORY:
        entry = directories + 8 * SECURITY_DIRECTORY
        start, size = struct.unpack_from("<II", data, entry)
        directory, declared = Range(start=entry, end=entry + 8), Range(start=start, end=start + size)
    sections = tuple(_sections(data, optional + optional_size, section_count))
    table, damaged = _table(declared, sections, headers_size, len(data))
    return Layout(
        size=len(data),
        checksum=Range(start=optional + 64, end=optional + 68),
        directory=directory,
        headers_size=headers_size,
        section_alignment=section_alignment,
        sections=sections,
        declared=declared,
        table=table,
        damaged=damaged,
    )


def _sections(data: memoryview, offset: int, count: int) -> Iterator[Range]:
    """Raw data ranges of the section table, as far as it lies in the file."""
    for _ in range(count):
        if offset + SECTION_HEADER.size > len(data):
            return
        _, _, _, raw_size, raw_offset = SECTION_HEADER.unpack_from(data, offset)
        if raw_size:
            yield Range(start=raw_offset, end=raw_offset + raw_size)
        offset += SECTION_HEADER.size


def _table(declared: Range, sections: tuple[Range, ...], headers: int, size: int) -> tuple[Range, tuple[str, ...]]:
    """Cut the declared table to the file and say what it lies about."""
    if declared.end == declared.start:
        return Range(start=0, end=0), ()
    name = f"certificate table at {declared.start:#x}"
    found = []
    if declared.end > size:
        found.append(f"{name}: expected its end at {size:#x} or before, found {declared.end:#x}")
    if declared.start < headers:
        found.append(f"{name}: expected it behind the headers ({headers:#x})")
    for index, section in enumerate(sections):
        if declared.start < section.end and section.start < declared.end:
            found.append(f"{name}: expected it outside all sections, found it overlapping section data {index}")
    start = min(declared.start, size)
    return Range(start=start, end=min(declared.end, size)), tuple(found)


def hashed_ranges(where: Layout) -> list[Range]:
    """Return what is hashed: the file without checksum, security directory entry and certificate table."""
    left_out = [where.checksum, where.directory or where.checksum, where.table]
    found: list[Range] = []
    place = 0
    for gap in sorted((g for g in left_out if g.end > g.start), key=lambda g: g.start):
        if gap.start > place:
            found.append(Range(start=place, end=gap.start))
        place = max(place, gap.end)
    if place < where.size:
        found.append(Range(start=place, end=where.size))
    return found


def image_hash(data: memoryview, where: Layout, algorithm: str) -> str:
    """Return the Authenticode hash in hex; `algorithm` is a name that hashlib knows.

    A file without a table is padded with zeros to a multiple of 8, as a signer would pad it before adding one.
    """
    state = hashlib.new(algorithm, usedforsecurity=False)
    for part in hashed_ranges(where):
        state.update(data[part.start : part.end])
    if where.table.end == where.table.start:
        state.update(bytes(-where.size % ALIGNMENT))
    return state.hexdigest()


def page_hashes(data: memoryview, where: Layout, algorithm: str, declared: bytes) -> PageHashes:
    """Compare the page hash attribute (offset, digest, ..., end offset, zeros) with the pages of this file.

    Pages have 4,096 bytes; where none of that size matches, the section alignment is tried, as some signers use it.
    """
    width = hashlib.new(algorithm, usedforsecurity=False).digest_size
    entry = struct.Struct(f"<I{width}s")
    whole = len(declared) // entry.size * entry.size
    listed: list[tuple[int, bytes]] = list(entry.iter_unpack(declared[:whole]))
    matches = False
    sizes = {PAGE, where.section_alignment} if PAGE < where.section_alignment <= 1 << 20 else {PAGE}
    if listed and whole == len(declared):
        matches = any(_pages_match(data, where, algorithm, listed, size) for size in sorted(sizes))
    return PageHashes(algorithm=algorithm, pages=max(0, len(listed) - 1), matches=matches)


def _pages_match(data: memoryview, where: Layout, algorithm: str, listed: list[tuple[int, bytes]], page: int) -> bool:
    """Hash page after page until one differs; the last entry closes the list with the end of the last page."""
    end = where.sections[-1].end if where.sections else 0
    if listed[-1] != (end, bytes(len(listed[-1][1]))):
        return False
    expected = itertools.chain(_header_page(data, where, algorithm, page), _section_pages(data, where, algorithm, page))
    return all(a == b for a, b in itertools.zip_longest(expected, listed[:-1]))


def _header_page(data: memoryview, where: Layout, algorithm: str, page: int) -> Iterator[tuple[int, bytes]]:
    """Yield the page of the headers, hashed as in the image hash, zeros up to a page."""
    state = hashlib.new(algorithm, usedforsecurity=False)
    length = min(where.headers_size, where.size)
    for part in hashed_ranges(where):
        if part.start < length:
            state.update(data[part.start : min(part.end, length)])
    state.update(bytes(max(0, page - length)))
    yield 0, state.digest()


def _section_pages(data: memoryview, where: Layout, algorithm: str, page: int) -> Iterator[tuple[int, bytes]]:
    """Yield the pages of each section's raw data, the last one with zeros up to a page."""
    for section in where.sections:
        for start in range(section.start, min(section.end, where.size), page):
            piece = data[start : min(start + page, section.end)]
            state = hashlib.new(algorithm, piece, usedforsecurity=False)
            state.update(bytes(page - len(piece)))
            yield start, state.digest()
