"""The functions of a program, and which imported functions each calls. Read only for files that changed."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from unrig.formats import code_arm64
from unrig.formats.code_normal import Bounds, normalise
from unrig.formats.pe import CLR, PeHeader, directory, read_header
from unrig.formats.pe_calls import import_calls
from unrig.formats.pe_code import MAX_CODE, Extent, Stretch, code_bytes, extents, stretches
from unrig.formats.pe_imports import import_slots
from unrig.formats.pe_map import Image, image
from unrig.formats.pe_start import run_first
from unrig.model.code import Function, FunctionFacts
from unrig.model.fact import Extractor

MACHINES = ("x64", "x86", "arm64")
ARM = "arm64"


def extract(data: memoryview) -> FunctionFacts:
    """Return the functions of one PE; raise FormatError where its headers cannot be read."""
    header = read_header(data)
    view = image(data, header)
    reason = _obstacle(header, code_bytes(view))
    if reason:
        return FunctionFacts(not_evaluated=reason)
    code = stretches(view)
    found = code_arm64.extents(view, code) if header.machine == ARM else extents(view, code)
    functions = _functions(found, code, header)
    names, called = _imports(view, code, [each.start for each in functions])
    return FunctionFacts(
        functions=tuple(Function(f.start, f.size, f.hash, called.get(i, ())) for i, f in enumerate(functions)),
        imports=names,
        start=run_first(view, code, [(each.start, each.start + each.size) for each in functions]),
        told_by="unwind" if any(extent.exact for extent in found) else "padding",
        code_bytes=sum(each.size for each in functions),
    )


def _obstacle(header: PeHeader, size: int) -> str:
    """Return why functions cannot be told, empty where they can."""
    if directory(header, CLR).rva:
        return "code of .NET, which is no machine code"
    if header.machine not in MACHINES:
        return f"machine code for {header.machine}"
    if size > MAX_CODE:
        return f"{size:,} bytes of code, more than {MAX_CODE:,}"
    return "" if size else "no code"


def _functions(found: Sequence[Extent], code: Sequence[Stretch], header: PeHeader) -> list[Function]:
    """Return each function, without what lies between functions and does not look like code."""
    raw = [_bytes(extent, code) for extent in found]
    bounds = Bounds(64 if header.machine == "x64" else 32, header.optional.image_base, header.optional.image_size)
    normals = code_arm64.normalise(raw) if header.machine == ARM else normalise(raw, bounds)
    return [
        Function(extent.start, len(piece), normal.hash)
        for extent, piece, normal in zip(found, raw, normals, strict=True)
        if extent.exact or (normal.ends and normal.decoded == len(piece))
    ]


def _bytes(extent: Extent, code: Sequence[Stretch]) -> bytes:
    home = code[bisect.bisect_right(code, extent.start, key=lambda stretch: stretch.start) - 1]
    return home.data[extent.start - home.start : extent.end - home.start]


def _imports(
    view: Image, code: Sequence[Stretch], starts: Sequence[int]
) -> tuple[tuple[str, ...], dict[int, tuple[int, ...]]]:
    """Return the names that are called, and which of them by each function (by index)."""
    slots, optional = import_slots(view), view.header.optional
    calls = [
        code_arm64.import_calls(each, slots)
        if view.header.machine == ARM
        else import_calls(each, slots, machine=view.header.machine, image_base=optional.image_base)
        for each in code
    ]
    names = tuple(sorted({slots[slot] for each in calls for slot in each.slots}))
    number = {name: index for index, name in enumerate(names)}
    found: dict[int, set[int]] = {}
    for each in calls:
        for address, slot in zip(each.addresses, each.slots, strict=True):
            found.setdefault(bisect.bisect_right(starts, address) - 1, set()).add(number[slots[slot]])
    return names, {function: tuple(sorted(numbers)) for function, numbers in found.items() if function >= 0}


EXTRACTOR = Extractor(id="functions", version=2, formats=("pe",), fills=FunctionFacts, extract=extract, stage="deep")
