"""Which functions of a PE run before any that its author called by name: the entry point, TLS callbacks, what they call.

PE specification, Optional Header (AddressOfEntryPoint) and The .tls Section. Who puts something into a finished build
likes to put it here, for it runs whatever the program does.
"""

from __future__ import annotations

import bisect
import re
import struct
from collections.abc import Callable, Iterator, Sequence

from unrig.formats import code_arm64
from unrig.formats.pe import directory
from unrig.formats.pe_code import Stretch
from unrig.formats.pe_map import Image, at

TLS = 9  # data directory
DEPTH = 2
"""Calls from the entry point on: the C run-time's start-up is one deep, what it prepares two."""
MAX_CALLBACKS = 64
_BRANCH = re.compile(rb"[\xe8\xe9](?=(.{4}))", re.DOTALL)
_NUMBER = struct.Struct("<i")


def run_first(image: Image, code: Sequence[Stretch], bounds: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the indices of the functions that run first; `bounds` are start and end of all, by address."""
    starts = [start for start, _ in bounds]
    reached = {i for address in _entries(image) if (i := _holding(bounds, starts, address)) is not None}
    edge = set(reached)
    find = code_arm64.callees if image.header.machine == "arm64" else _landings
    for _ in range(DEPTH):
        edge = {callee for each in edge for callee in _callees(code, bounds, each, find)} - reached
        reached |= edge
    return tuple(sorted(reached))


def _entries(image: Image) -> Iterator[int]:
    """Yield the entry point and the TLS callbacks."""
    optional = image.header.optional
    if optional.entry_point:
        yield optional.entry_point
    width, kind = (8, "Q") if optional.is_plus else (4, "I")
    table = at(image, directory(image.header, TLS).rva, 4 * width) if directory(image.header, TLS).rva else b""
    if len(table) < 4 * width:
        return
    callbacks = struct.unpack_from(f"<4{kind}", table)[3] - optional.image_base
    listed = at(image, callbacks, MAX_CALLBACKS * width) if callbacks > 0 else b""
    for (address,) in struct.iter_unpack(f"<{kind}", listed[: len(listed) // width * width]):
        if not address:
            return
        yield address - optional.image_base


def _callees(
    code: Sequence[Stretch],
    bounds: Sequence[tuple[int, int]],
    caller: int,
    find: Callable[[bytes, int], Iterator[int]],
) -> Iterator[int]:
    """Yield the functions at whose first byte a call or jump of one function lands."""
    start, end = bounds[caller]
    home = code[bisect.bisect_right(code, start, key=lambda stretch: stretch.start) - 1]
    raw = home.data[start - home.start : end - home.start]
    for target in find(raw, start):
        index = bisect.bisect_left(bounds, target, key=lambda each: each[0])
        if index < len(bounds) and bounds[index][0] == target:
            yield index


def _landings(raw: bytes, start: int) -> Iterator[int]:
    """Yield where the calls and jumps of one function for x86 or x64 land."""
    for found in _BRANCH.finditer(raw):
        yield start + found.start() + 5 + _NUMBER.unpack(found[1])[0]


def _holding(bounds: Sequence[tuple[int, int]], starts: Sequence[int], address: int) -> int | None:
    """Return the function that an address is in."""
    index = bisect.bisect_right(starts, address) - 1
    return index if index >= 0 and address < bounds[index][1] else None
