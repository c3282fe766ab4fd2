"""What a file carries without its structure saying so: uniform bytes, encodings, masked texts, programs.

Of a PE, code is not searched for uniform bytes (tables of ciphers stand there), all of the file is searched for masked
texts. Ranges are those of resources, of sections that are no code, and of what stands behind the sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from unrig.formats.encoded_runs import encoded_runs
from unrig.formats.entropy import measure, span
from unrig.formats.masked_text import Mask, masked, repeating
from unrig.formats.pe import read_header
from unrig.formats.pe_map import image
from unrig.formats.pe_overlay import overlays
from unrig.formats.pe_resources import read_resources
from unrig.formats.sniff import sniff
from unrig.formats.sniff_broken import NAMES
from unrig.formats.sniff_programs import is_pe
from unrig.formats.uniform_runs import is_compressed, uniform_runs
from unrig.model.blobs import Blob, BlobFacts, Embedded, EncodedRun, Masked
from unrig.model.fact import Extractor
from unrig.model.signature import Nature

MOST = 64
"""Of each kind that are kept."""
SMALLEST = 1024
"""Bytes of a resource that is looked at by itself; icons and strings are smaller."""
LARGEST_SMALL = 8192
"""Bytes: a smaller resource is measured whole, since it has no two blocks."""
EXECUTE, WRITE = 0x20000000, 0x80000000
RESOURCES = ".rsrc"
STUB_BEFORE = 512
"""Bytes before its stub's text in which a program begins: 78 with Microsoft's linker, a Rich header stands behind it."""
PROGRAMS = frozenset({"pe", "elf", "macho"})


class _Area(Struct, frozen=True, kw_only=True):
    """A range of a file that holds data."""

    where: str
    offset: int
    length: int
    constant: bool = False
    """A section that nothing can write to: it holds tables and texts, which no program unmasks in place."""


def extract(data: memoryview) -> BlobFacts:
    """Return what a file carries. Raises FormatError where a PE has no readable headers."""
    is_program = is_pe(data)
    areas = tuple(_pe_areas(data)) if is_program else (_Area(where="file", offset=0, length=len(data)),)
    found = tuple(masked(data))
    masks = [mask for mask in found if mask.method != "plain"]
    masks += [mask for area in areas if not area.constant for mask in repeating(data, area.offset, area.length)]
    blobs, encoded = list(islice(_blobs(data, areas), MOST + 1)), list(islice(_encoded(data, areas), MOST + 1))
    embedded = list(islice(_embedded(data, areas, found), MOST + 1))
    counts = {"blobs": len(blobs), "encoded": len(encoded), "masked": len(masks), "embedded": len(embedded)}
    return BlobFacts(
        blobs=tuple(blobs[:MOST]),
        encoded=tuple(encoded[:MOST]),
        masked=tuple(_masked(data, mask) for mask in masks[:MOST]),
        embedded=tuple(embedded[:MOST]),
        truncated=tuple(f"{kind}: the first {MOST} of more" for kind, count in counts.items() if count > MOST),
    )


def _pe_areas(data: memoryview) -> Iterator[_Area]:
    """Yield the resources, the sections that hold data, and what stands behind the sections."""
    header = read_header(data)
    for resource in read_resources(image(data, header)).resources:
        length = min(resource.size, len(data) - resource.offset)
        if length >= SMALLEST:
            yield _Area(where=f"resource {resource.type}/{resource.name}", offset=resource.offset, length=length)
    reached = 0
    for section in sorted(header.sections, key=lambda one: one.raw_offset):
        start = max(section.raw_offset, reached)
        end = min(section.raw_offset + section.raw_size, len(data))
        if section.name == RESOURCES or section.characteristics & EXECUTE or end - start < SMALLEST:
            continue
        reached = end
        constant = not section.characteristics & WRITE
        yield _Area(where=f"section {section.name}", offset=start, length=end - start, constant=constant)
    for stretch in overlays(data, header):
        if stretch.end - stretch.start >= SMALLEST:
            yield _Area(where="overlay", offset=stretch.start, length=stretch.end - stretch.start)


def _blobs(data: memoryview, areas: tuple[_Area, ...]) -> Iterator[Blob]:
    for area in areas:
        if area.length <= LARGEST_SMALL and area.where.startswith(("resource", "overlay")):
            whole = measure(data, area.offset, area.length)
            if whole.nature is Nature.RANDOM and not is_compressed(data, area.offset, area.offset + area.length):
                yield Blob(where=area.where, bytes=whole)
            continue
        for run in uniform_runs(data, area.offset, area.length):
            yield Blob(where=area.where, bytes=measure(data, run.offset, run.length))


def _encoded(data: memoryview, areas: tuple[_Area, ...]) -> Iterator[EncodedRun]:
    for area in areas:
        for run in encoded_runs(data, area.offset, area.length):
            yield EncodedRun(
                where=area.where,
                encoding=run.encoding,
                span=span(data, run.offset, run.length),
                decoded_as=run.decoded_as,
                uniform=run.uniform,
            )


def _masked(data: memoryview, mask: Mask) -> Masked:
    return Masked(
        what=mask.what,
        method=mask.method,
        key=mask.key,
        text=mask.text[:64],
        span=span(data, mask.offset, mask.length),
    )


def _embedded(data: memoryview, areas: tuple[_Area, ...], found: tuple[Mask, ...]) -> Iterator[Embedded]:
    """Yield the programs that begin a resource or an overlay, and those whose stub stands elsewhere."""
    begun = set[int]()
    for area in areas:
        file_format = sniff(data[area.offset : area.offset + area.length]) if area.offset else ""
        if file_format in PROGRAMS and not area.where.startswith("section"):
            begun.add(area.offset)
            yield Embedded(where=area.where, format=file_format, span=span(data, area.offset, area.length))
    for mask in found:
        start = _begin(data, mask.offset) if mask.method == "plain" else -1
        if start > 0 and start not in begun:
            where = next((a.where for a in areas if a.offset <= start < a.offset + a.length), "code or gap")
            yield Embedded(where=where, format="pe", span=span(data, start, STUB_BEFORE))


def _begin(data: memoryview, stub: int) -> int:
    """Return where the program with this stub begins; -1 where none does."""
    before = bytes(data[max(0, stub - STUB_BEFORE) : stub])
    at = before.rfind(b"MZ")
    while at >= 0:
        start = max(0, stub - STUB_BEFORE) + at
        if is_pe(data[start:]):
            return start
        at = before.rfind(b"MZ", 0, at)
    return -1


EXTRACTOR = Extractor(
    id="blobs", version=2, formats=("elf", "macho", "opaque", "pe", *NAMES), fills=BlobFacts, extract=extract
)
