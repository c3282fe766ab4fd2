"""From addresses to bytes: what the loader would find at a relative virtual address, read from the file.

PE specification, Section Table. As Windows' loader does, PointerToRawData is rounded down to 512, and no more of a
section is mapped than its virtual size, rounded up to pages.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.formats.pe import PeHeader, SectionHeader

SECTOR = 0x200  # the loader's granularity of PointerToRawData, whatever FileAlignment says above it
PAGE = 0x1000
SHORT_NAME = 256  # nearly all names of 105 MB of real files fit
MAX_NAME = 4096  # link.exe's longest decorated name
BATCH = 256  # names read together: at most 1 MiB of text
NEIGHBOURS = 1 << 20  # names of one table stand close; those further apart are read one by one


class Region(Struct, frozen=True, kw_only=True):
    """One stretch of addresses whose bytes stand in the file."""

    rva: int
    end: int
    """First address after it whose byte is not in the file."""
    offset: int
    """In the file, of the byte at `rva`."""


class Image(Struct, frozen=True, kw_only=True):
    """A PE with its headers read and its address space laid out."""

    data: memoryview
    header: PeHeader
    regions: tuple[Region, ...]
    """Sorted by address, without overlaps."""
    starts: tuple[int, ...]
    """The `rva` of each region."""


class Text(Struct, frozen=True, kw_only=True):
    """A zero-terminated string of the file."""

    value: str
    complete: bool
    """False where the file, the section or MAX_NAME ends before the zero."""


NOTHING = Text(value="", complete=False)


def image(data: memoryview, header: PeHeader) -> Image:
    """Return the address space of a PE: its headers and each section's raw data, the lower start wins."""
    regions: list[Region] = []
    claims = [Region(rva=0, end=min(header.optional.headers_size, len(data)), offset=0)]
    claims += [_claim(section, header, len(data)) for section in header.sections]
    for claim in sorted(claims, key=lambda claim: claim.rva):
        skip = max(0, regions[-1].end - claim.rva) if regions else 0
        if claim.end > claim.rva + skip:
            regions.append(Region(rva=claim.rva + skip, end=claim.end, offset=claim.offset + skip))
    return Image(data=data, header=header, regions=tuple(regions), starts=tuple(region.rva for region in regions))


def file_offset(image: Image, rva: int) -> int | None:
    """Return the file offset of the byte at an address, None where the file holds none."""
    region = _region(image, rva)
    return None if region is None else region.offset + rva - region.rva


def at(image: Image, rva: int, length: int | None = None) -> memoryview:
    """Return the bytes from an address on, at most `length` and to the end of its region; empty where there are none."""
    region = _region(image, rva)
    if region is None:
        return image.data[:0]
    start = region.offset + rva - region.rva
    end = region.offset + region.end - region.rva
    return image.data[start : end if length is None else min(end, start + length)]


def text_at(image: Image, rva: int) -> Text:
    """Return the zero-terminated string at an address."""
    region = _region(image, rva)
    if region is None:
        return NOTHING
    start = region.offset + rva - region.rva
    return text_in(image.data, start, region.offset + region.end - region.rva)


def texts_at(image: Image, rvas: Sequence[int]) -> Iterator[Text]:
    """Yield the zero-terminated string at each address, in the order given (many times faster than one by one)."""
    for start in range(0, len(rvas), BATCH):
        batch = rvas[start : start + BATCH]
        lowest = min(batch)
        reach = max(batch) - lowest
        block = bytes(at(image, lowest, reach + SHORT_NAME)) if reach < NEIGHBOURS else b""
        for rva in batch:
            begin = rva - lowest
            end = block.find(0, begin, begin + MAX_NAME)
            if end >= 0:
                yield Text(value=block[begin:end].decode("utf-8", "backslashreplace"), complete=True)
            else:
                yield text_at(image, rva)


def text_in(data: memoryview, start: int, end: int) -> Text:
    """Return the zero-terminated string between two offsets; bytes that are no UTF-8 come as backslash escapes."""
    for limit in (SHORT_NAME, MAX_NAME):
        raw = bytes(data[start : min(end, start + limit)])
        length = raw.find(0)
        if length >= 0:
            return Text(value=raw[:length].decode("utf-8", "backslashreplace"), complete=True)
    return Text(value=raw.decode("utf-8", "backslashreplace"), complete=False)


def _region(image: Image, rva: int) -> Region | None:
    """Return the region that holds an address."""
    index = bisect.bisect_right(image.starts, rva) - 1
    if index < 0 or rva >= image.regions[index].end:
        return None
    return image.regions[index]


def _claim(section: SectionHeader, header: PeHeader, size: int) -> Region:
    """Return the addresses that one section's raw data fills."""
    rounded = header.optional.file_alignment >= SECTOR
    offset = section.raw_offset - section.raw_offset % SECTOR if rounded else section.raw_offset
    pages = -(-section.virtual_size // PAGE) * PAGE
    mapped = min(section.raw_size, pages) if section.virtual_size else section.raw_size
    length = max(0, min(mapped, size - offset))
    return Region(rva=section.virtual_address, end=section.virtual_address + length, offset=offset)
