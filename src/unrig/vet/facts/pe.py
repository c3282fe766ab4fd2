"""What the headers and directories of one PE say.

Reads with unrig's own byte readers: a directory that lies is a line in `damaged`, the others are still read.
"""

from __future__ import annotations

from msgspec import Struct

from unrig.formats.entropy import entropy, span
from unrig.formats.pe import CLR, IS_DLL, SECURITY, PeHeader, SectionHeader, directory, note, read_header
from unrig.formats.pe_debug import read_debug
from unrig.formats.pe_exports import read_exports
from unrig.formats.pe_imports import read_imports
from unrig.formats.pe_map import image
from unrig.formats.pe_overlay import Stretch, overlays
from unrig.formats.pe_resources import read_resources
from unrig.formats.pe_rich import read_rich
from unrig.formats.pe_version import VersionInfo, read_version
from unrig.model.fact import Extractor
from unrig.model.pe import PeFacts, Resource, Section
from unrig.model.place import Span

MEASURED_TIMES = 2  # sections that overlap are measured until this many times the file is read


def extract(data: memoryview) -> PeFacts:
    """Return the facts of one PE; raise FormatError where its headers cannot be read."""
    header = read_header(data)
    view = image(data, header)
    imports, exports, resources = read_imports(view), read_exports(view), read_resources(view)
    version, debug, rich = _version(data, resources.resources), read_debug(view), read_rich(data, header)
    sections = _sections(data, header)
    overlay = _overlay(data, header)
    damaged = (
        header.damaged
        + sections.damaged
        + imports.damaged
        + exports.damaged
        + resources.damaged
        + version.damaged
        + debug.damaged
        + rich.damaged
    )
    optional = header.optional
    return PeFacts(
        machine=header.machine,
        is_dll=bool(header.characteristics & IS_DLL),
        timestamp=header.timestamp,
        reproducible=debug.reproducible,
        linker=optional.linker,
        subsystem=optional.subsystem,
        dll_characteristics=optional.dll_characteristics,
        entry_point=optional.entry_point,
        image_base=optional.image_base,
        checksum=optional.checksum,
        sections=sections.sections,
        imports=imports.imports,
        exports=exports.exports,
        export_name=exports.name,
        resources=resources.resources,
        version_info=version.strings,
        fixed_file_version=version.fixed_file_version,
        debug=debug.entries,
        rich=rich.entries,
        rich_intact=rich.intact,
        is_dotnet=bool(directory(header, CLR).rva),
        overlay=overlay.longest,
        other_overlays=overlay.others,
        certificate_table=_certificate_table(header),
        damaged=damaged,
    )


class _Sections(Struct, frozen=True):
    """The sections with their entropy, and which were not measured."""

    sections: tuple[Section, ...]
    damaged: tuple[str, ...]


class _Overlay(Struct, frozen=True):
    """The longest unexplained stretch and the others."""

    longest: Span | None
    others: tuple[Span, ...]


def _sections(data: memoryview, header: PeHeader) -> _Sections:
    """Return the sections with the entropy of their raw data, 0.0 once too many of them overlap."""
    damaged: list[str] = []
    left = MEASURED_TIMES * len(data)
    sections: list[Section] = []
    for section in header.sections:
        raw = data[section.raw_offset : section.raw_offset + section.raw_size]
        left -= len(raw)
        if left < 0:
            note(damaged, "sections", "raw data that does not overlap", f"more than {MEASURED_TIMES} times the file")
        sections.append(_section(section, entropy(raw) if left >= 0 else 0.0))
    return _Sections(tuple(sections), tuple(damaged))


def _section(section: SectionHeader, bits: float) -> Section:
    """Return one section with its entropy."""
    return Section(
        name=section.name,
        virtual_address=section.virtual_address,
        virtual_size=section.virtual_size,
        raw_offset=section.raw_offset,
        raw_size=section.raw_size,
        characteristics=section.characteristics,
        entropy=bits,
    )


def _version(data: memoryview, resources: tuple[Resource, ...]) -> VersionInfo:
    """Return the first version resource, an empty one where there is none."""
    for resource in resources:
        if resource.type == "RT_VERSION":
            # wLength of the root is 16 bits: nothing behind 64 KiB belongs to it
            return read_version(bytes(data[resource.offset : resource.offset + min(resource.size, 0xFFFF)]))
    return VersionInfo()


def _overlay(data: memoryview, header: PeHeader) -> _Overlay:
    """Return the spans of all bytes that neither headers nor tables explain."""
    stretches = overlays(data, header)
    longest = max(stretches, key=lambda stretch: stretch.end - stretch.start, default=None)
    others = tuple(_span(data, stretch) for stretch in stretches if stretch is not longest)
    return _Overlay(None if longest is None else _span(data, longest), others)


def _span(data: memoryview, stretch: Stretch) -> Span:
    """Return the span of a stretch."""
    return span(data, stretch.start, stretch.end - stretch.start)


def _certificate_table(header: PeHeader) -> Span | None:
    """Return what the security directory declares, unjudged."""
    table = directory(header, SECURITY)
    return Span(offset=table.rva, length=table.size) if table.rva or table.size else None


EXTRACTOR = Extractor(id="pe", version=1, formats=("pe",), fills=PeFacts, extract=extract)
