"""A Portable Executable from numbers and names (Microsoft PE/COFF specification).

The code only returns (`xor eax,eax; ret`, filled up with `int3`; or the small functions of `build.functions`), its
data are names and inert payloads: a file that every reader understands and that does nothing.
"""

from __future__ import annotations

import struct

from msgspec import structs

from unrig.drill.build.functions import compiled, exception_data
from unrig.drill.build.payload import Kind, fill, payload
from unrig.drill.build.pe_headers import (
    FILE_ALIGNMENT,
    HEADERS_SIZE,
    SECTION_ALIGNMENT,
    Image,
    Laid,
    headers,
    image_base,
    with_checksum,
)
from unrig.drill.build.pe_parts import FUNCTION_SPAN, Directory, Extent, Part, Place, aligned, padded
from unrig.drill.build.pe_rdata import read_only_data
from unrig.drill.build.pe_resources import resource_section
from unrig.drill.build.pe_spec import Machine, PeSpec, check_texts
from unrig.drill.build.seeds import between, derive

_CLEAR = b"\x33\xc0"
"""xor eax, eax"""
_RETURN = b"\xc3"
_BREAK = b"\xcc"
_CODE = 0x60000020
_READ_ONLY = 0x40000040
_WRITABLE = 0xC0000040
_CODE_RVA = SECTION_ALIGNMENT


def build_pe(spec: PeSpec, seed: int) -> bytes:
    """Return the unsigned PE; the same spec and seed give the same bytes.

    Raises:
        ValueError: a text is too long or names a domain that could exist, or too many sections are asked for.
    """
    check_texts(spec)
    image = _image(spec, seed)
    body = b"".join(padded(section.data, FILE_ALIGNMENT) for section in image.sections)
    data = headers(spec, image) + body + _symbol_table(spec.coff_symbols) + fill(seed, "overlay", spec.overlay)
    return with_checksum(data) if spec.checksum else data


def code(spec: PeSpec, seed: int) -> bytes:
    """Return the code section: each function on its own span clears the result, one to eight times, and returns.

    Raises:
        ValueError: the spec asks for functions that cannot be made (see `build.functions`).
    """
    if spec.code is not None:
        return compiled(spec, spec.code, _CODE_RVA, seed).data
    return b"".join((_CLEAR * repeat + _RETURN).ljust(FUNCTION_SPAN, _BREAK) for repeat in _repeats(spec, seed))


def _repeats(spec: PeSpec, seed: int) -> list[int]:
    variants = (spec.code_variant if index >= spec.changed_function else 0 for index in range(spec.functions))
    return [between(seed, f"function/{variant}/{index}", 1, 8) for index, variant in enumerate(variants)]


def _image(spec: PeSpec, seed: int) -> Image:
    """Lay the sections out one after another: each may point into those before it."""
    sections: list[Laid] = []
    directories: dict[Directory, Extent] = {}

    def lay(name: str, part: Part, characteristics: int) -> None:
        if part.data:
            where = _next_place(sections, spec)
            sections.append(
                Laid(name=name, rva=where.rva, offset=where.offset, data=part.data, characteristics=characteristics)
            )
            directories.update(part.directories)

    made = compiled(spec, spec.code, _CODE_RVA, seed) if spec.code else None
    lay(".text", Part(data=made.data if made else code(spec, seed)), _CODE)
    place = _next_place(sections, spec)
    lay(".rdata", read_only_data(spec, structs.replace(place, functions=made.starts if made else ()), seed), _READ_ONLY)
    lay(".data", Part(data=payload(derive(seed, "data"), 0x180, Kind.STRUCTURED)), _WRITABLE)
    place = _next_place(sections, spec)
    lay(".pdata", exception_data(made, place) if made else _exception_data(spec, place, seed), _READ_ONLY)
    for extra in spec.sections:
        body = payload(derive(seed, f"section/{extra.name}"), extra.size, extra.kind)
        lay(extra.name, Part(data=body), extra.characteristics)
    lay(".rsrc", resource_section(spec, _next_place(sections, spec), seed), _READ_ONLY)
    end = _next_place(sections, spec).offset
    return Image(sections=tuple(sections), directories=directories, symbols_at=end)


def _next_place(sections: list[Laid], spec: PeSpec) -> Place:
    """Return the place after the last section."""
    rva, offset = _CODE_RVA, HEADERS_SIZE
    if sections:
        last = sections[-1]
        rva = aligned(last.rva + len(last.data), SECTION_ALIGNMENT)
        offset = last.offset + aligned(len(last.data), FILE_ALIGNMENT)
    return Place(rva=rva, offset=offset, code_rva=_CODE_RVA, image_base=image_base(spec))


def _exception_data(spec: PeSpec, place: Place, seed: int) -> Part:
    """Return RUNTIME_FUNCTION entries, one a function, that share one empty UNWIND_INFO (x64 exception handling)."""
    if spec.machine is not Machine.X64:
        return Part()
    size = 12 * spec.functions
    starts = range(place.code_rva, place.code_rva + FUNCTION_SPAN * spec.functions, FUNCTION_SPAN)
    entries = b"".join(
        struct.pack("<III", start, start + len(_CLEAR) * repeat + len(_RETURN), place.rva + size)
        for start, repeat in zip(starts, _repeats(spec, seed), strict=True)
    )
    return Part(data=entries + b"\1\0\0\0", directories={Directory.EXCEPTION: Extent(rva=place.rva, size=size)})


def _symbol_table(count: int) -> bytes:
    """Return COFF symbols with long names and their string table (PE specification, section 5.4)."""
    if not count:
        return b""
    symbols, texts = b"", b""
    for index in range(count):
        symbols += struct.pack("<IIIhHBB", 0, 4 + len(texts), FUNCTION_SPAN * index, 1, 0x20, 2, 0)
        texts += f"drill_symbol_{index}".encode() + b"\0"
    return symbols + struct.pack("<I", 4 + len(texts)) + texts
