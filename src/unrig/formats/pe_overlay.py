"""Bytes of a PE that no header explains: behind the last section, without what else stands there by right.

The certificate table and the COFF symbol and string tables stand behind the sections in honest files (6 of 9 overlays
in 2,674 real PEs were COFF symbols of MinGW), so their bytes are none of it, as long as they look like what they are.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.formats.entropy import PRINTABLE, count, nature
from unrig.formats.pe import SECURITY, PeHeader, directory
from unrig.model.signature import Nature

SYMBOL_SIZE = 18  # PE specification, COFF Symbol Table
TEXT_SHARE = 0.95  # of a string table: zero-terminated names
ALIGNMENT = 8  # PE specification: the certificate table is aligned on a quadword


class Stretch(Struct, frozen=True, kw_only=True):
    """A byte range of the file, its end exclusive."""

    start: int
    end: int


def overlays(data: memoryview, header: PeHeader) -> tuple[Stretch, ...]:
    """Return the unexplained stretches in the order of the file; zeros that align a table or the end are none."""
    found: list[Stretch] = []
    position = min(_image_end(header), len(data))
    known = [stretch for stretch in (certificates(header), symbols(data, header)) if stretch is not None]
    for stretch in sorted(known, key=lambda stretch: stretch.start):
        if stretch.start > position:
            found.append(Stretch(start=position, end=min(stretch.start, len(data))))
        position = max(position, min(stretch.end, len(data)))
    found.append(Stretch(start=position, end=len(data)))
    return tuple(stretch for stretch in found if not _is_alignment(data, stretch))


def certificates(header: PeHeader) -> Stretch | None:
    """Return the attribute certificate table as declared (its address is a file offset)."""
    table = directory(header, SECURITY)
    if not table.rva or not table.size:
        return None
    return Stretch(start=table.rva, end=table.rva + table.size)


def symbols(data: memoryview, header: PeHeader) -> Stretch | None:
    """Return the COFF symbol table with the string table behind it, None where it is not in the file.

    Random bytes are no symbols and other than text no names: declaring a payload as either does not hide it.
    """
    start = header.symbols_offset
    strings = start + SYMBOL_SIZE * header.symbols_count
    if not start or not header.symbols_count or strings + 4 > len(data):
        return None
    if nature(data[start:strings]) is Nature.RANDOM:
        return None
    size: int = struct.unpack_from("<I", data, strings)[0]
    names = data[strings + 4 : strings + size]
    is_table = 4 <= size <= len(data) - strings and _text_share(names) >= TEXT_SHARE
    return Stretch(start=start, end=strings + size if is_table else strings)


def _text_share(names: memoryview) -> float:
    """Return how much of a string table is printable or zero; 1.0 for an empty one."""
    counts = count(names)
    return float(counts[list(PRINTABLE)].sum() + counts[0]) / len(names) if len(names) else 1.0


def _image_end(header: PeHeader) -> int:
    """Return the end of the headers or of the last raw data."""
    ends = [section.raw_offset + section.raw_size for section in header.sections if section.raw_size]
    return max([header.optional.headers_size, *ends])


def _is_alignment(data: memoryview, stretch: Stretch) -> bool:
    """Tell whether a stretch is empty, or shorter than the alignment and all zeros."""
    length = stretch.end - stretch.start
    return length <= 0 or (length < ALIGNMENT and not any(data[stretch.start : stretch.end]))
