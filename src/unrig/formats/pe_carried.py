"""What a PE carries besides its own code: whole files in its resources and behind its sections.

By structure, never by a marker text: what stands there must itself be a container or a program, or the PE's own tables
must point at it (WiX Burn's section, the header of a .NET single-file bundle).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats import inno, pe_bundles
from unrig.formats.inno import Inno
from unrig.formats.pe import PeHeader, read_header
from unrig.formats.pe_bundles import Carried
from unrig.formats.pe_map import image
from unrig.formats.pe_overlay import overlays
from unrig.formats.pe_resources import read_resources
from unrig.formats.sniff import sniff
from unrig.formats.sniff_containers import is_7z
from unrig.model.paths import label
from unrig.model.pe import Resource

CARRIED = frozenset(
    {
        *(
            "7z",
            "asar",
            "bzip2",
            "cab",
            "deb",
            "dmg",
            "elf",
            "gzip",
            "iso",
            "macho",
            "nsis",
            "ole",
            "pe",
            "rar",
            "rar5",
        ),
        *("rpm", "squashfs", "tar", "wim", "xar", "xz", "zip", "zstd"),
    }
)
SMALLEST = 64
FREE_TYPES = re.compile(r"(?!RT_)|RT_RCDATA$|RT_HTML$")
"""Resources whose content is the program's own affair: those with a type of their own, raw data, HTML."""
MOST = 4096
NSIS_STEP = 512  # exehead/Main.c looks for its data in steps of 512 bytes
SEVEN_ZIP, CONFIGURATION = b"7z\xbc\xaf\x27\x1c", 1 << 16
INNO_NAME = "#11111"


class Carrier(Struct, frozen=True, kw_only=True):
    """All that a PE carries, and what is wrong with its tables."""

    files: tuple[Carried, ...]
    inno: Inno | None = None
    """What Inno Setup's loader points at; None where it is none."""
    damaged: str = ""
    """What of a bundle's manifest could not be read, as `place: expected, found`."""


def read(data: memoryview) -> Carrier:
    """Return what a PE carries. Raises FormatError where its headers cannot be read."""
    header = read_header(data)
    resources = read_resources(image(data, header)).resources
    bundle = pe_bundles.dotnet(data)
    bound = bundle.files or tuple(pe_bundles.burn(data, header))
    found = [*_resources(data, resources), *(bound or _overlays(data, header))]
    tables = [resource for resource in resources if _is_inno(data, resource)]
    told = inno.read(data, bytes(data[tables[0].offset : tables[0].offset + tables[0].size])) if tables else None
    return Carrier(files=tuple(found[:MOST]), inno=told, damaged=bundle.damaged)


def is_free(resource: Resource) -> bool:
    """Tell whether a resource may be a file of its own."""
    return resource.size >= SMALLEST and FREE_TYPES.match(resource.type) is not None


def _resources(data: memoryview, resources: tuple[Resource, ...]) -> Iterator[Carried]:
    for resource in resources:
        if is_free(resource) and sniff(data[resource.offset : resource.offset + resource.size]) in CARRIED:
            name = f"resource/{_part(resource.type)}/{_part(resource.name)}"
            language = f"/{resource.language}" if resource.language else ""
            yield Carried(path=name + language, offset=resource.offset, size=resource.size)


def _part(name: str) -> str:
    return label(name.encode("utf-8", "surrogatepass")).replace("/", "%2F")


def _is_inno(data: memoryview, resource: Resource) -> bool:
    """Tell whether this is where Inno Setup keeps the places of its data (its loader's offset table)."""
    head = bytes(data[resource.offset : resource.offset + len(inno.TABLE)])
    return resource.type == "RT_RCDATA" and resource.name == INNO_NAME and head == inno.TABLE


def _overlays(data: memoryview, header: PeHeader) -> Iterator[Carried]:
    """Yield what stands behind the sections, where it is a file itself."""
    for number, stretch in enumerate(overlays(data, header), 1):
        start = _file_start(data, stretch.start, stretch.end)
        if start >= 0:
            path = "overlay" if number == 1 else f"overlay{number}"
            yield Carried(path=path, offset=start, size=stretch.end - start)


def _file_start(data: memoryview, start: int, end: int) -> int:
    """Return where a file begins in a stretch: at its start, at the next step of NSIS, or behind 7-Zip's settings."""
    if end - start < SMALLEST:
        return -1
    aligned = -(-start // NSIS_STEP) * NSIS_STEP
    for place in dict.fromkeys((start, aligned)):
        if place < end and sniff(data[place:end]) in CARRIED:
            return place
    at = bytes(data[start : min(end, start + CONFIGURATION)]).find(SEVEN_ZIP)
    return start + at if at >= 0 and is_7z(data[start + at : end]) else -1
