"""Where an ELF program ends by its own headers, and so what stands behind it (System V ABI, chapters 4 and 5).

An AppImage is a program with a SquashFS behind it (AppImageSpec, type 2); self-extracting programs have an archive there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.model.errors import FormatError

NO_BITS = 8  # SHT_NOBITS: a section without bytes in the file
CLASS_64 = 2  # EI_CLASS


class ElfEnd(Struct, frozen=True, kw_only=True):
    """How far an ELF reaches."""

    end: int
    """Offset behind the last of its headers, segments and sections; that of the data where these lie."""
    damaged: str = ""
    """`place: expected, found`; empty where all stands in the file."""


class _Layout(Struct, frozen=True, kw_only=True):
    """Where the fields stand in a class of ELF."""

    header: struct.Struct
    segment: struct.Struct
    section: struct.Struct


def read_end(data: memoryview) -> ElfEnd:
    """Return where the ELF at the start of the data ends. Raises FormatError where none begins there."""
    if len(data) < 52 or bytes(data[:4]) != b"\x7fELF" or data[4] not in {1, 2} or data[5] not in {1, 2}:
        raise FormatError("ELF", "an identification", bytes(data[:16]).hex())
    layout = _layout(data[4], "<" if data[5] == 1 else ">")
    if len(data) < layout.header.size:
        raise FormatError("ELF", f"a header of {layout.header.size} bytes", f"{len(data)}")
    segments_at, sections_at, own, segment_size, segments, section_size, sections = layout.header.unpack_from(data)
    reached = max(own, layout.header.size)
    for what, start, count, size, form in (
        ("program headers", segments_at, segments, segment_size, layout.segment),
        ("section headers", sections_at, sections, section_size, layout.section),
    ):
        stop = start + count * size if count else 0
        if count and (size < form.size or stop > len(data)):
            return ElfEnd(
                end=len(data), damaged=f"{what}: {count} of {size} bytes at {start}, {len(data)} bytes in all"
            )
        reached = max(reached, stop, *_ends(data, start, count, size, form))
    if reached > len(data):
        return ElfEnd(end=len(data), damaged=f"segments and sections: {reached} bytes, {len(data)}")
    return ElfEnd(end=reached)


def _layout(size_class: int, order: str) -> _Layout:
    """Return the struct layouts: of a segment its offset and size, of a section its type, offset and size."""
    if size_class == CLASS_64:
        return _Layout(
            header=struct.Struct(f"{order}32xQQ4x5H2x"),
            segment=struct.Struct(f"{order}4x4xQ16xQ16x"),
            section=struct.Struct(f"{order}4xI16xQQ24x"),
        )
    return _Layout(
        header=struct.Struct(f"{order}28xII4x5H2x"),
        segment=struct.Struct(f"{order}4xI8xI12x"),
        section=struct.Struct(f"{order}4xI8xII16x"),
    )


def _ends(data: memoryview, start: int, count: int, size: int, form: struct.Struct) -> Iterator[int]:
    """Yield where the segments or sections of a table end; those without bytes in the file nowhere."""
    yield 0
    for index in range(count):
        *kind, offset, length = form.unpack_from(data, start + index * size)
        if kind != [NO_BITS] and length:
            yield offset + length
