"""Where the functions of a PE are: from unwind data where there is some, from padding elsewhere.

x64 programs list every function that uses the stack in .pdata (PE specification, The .pdata Section; x64 exception
handling). What no row covers, and all code for x86, is cut where a compiler fills up to a boundary of 16 bytes and
where a call lands. Rows that lie cost nothing: none reaches into the next, nor out of the file.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.formats.lazy_numpy import np
from unrig.formats.pe import EXCEPTION, RELOCATION, directory
from unrig.formats.pe_map import Image, at

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CODE = 24 << 20
"""Bytes of code that are disassembled: six seconds. Larger are whole browsers, of which every release rebuilds all."""
MAX_ROWS = 1 << 20
MAX_BLOCKS = 1 << 16  # of relocations: one a page of code
EXECUTABLE = 0x20000000  # IMAGE_SCN_MEM_EXECUTE
BOUNDARY = 16
_PADDING = re.compile(rb"\xcc+|\x90{2,}|\x00{4,}|(?:\x66*\x2e?\x0f\x1f[\x00\x40\x44\x80\x84]\x00{0,5})+", re.DOTALL)
_BEFORE = frozenset(b"\xc3\xcc\x90\x00")  # what stands before a function: a return, or padding
_HIGHLOW = 3  # IMAGE_REL_BASED_HIGHLOW
_ROW = 12  # bytes of a RUNTIME_FUNCTION: begin, end, unwind data


class Stretch(Struct, frozen=True):
    """One executable section: its address and its bytes, absolute addresses in it zeroed where relocations tell."""

    start: int
    data: bytes


class Extent(Struct, frozen=True):
    """Where one function is."""

    start: int
    end: int
    exact: bool
    """Unwind data say so."""


def code_bytes(image: Image) -> int:
    """Return how many bytes of code a PE has, as far as the file holds them."""
    return sum(len(at(image, start)) for start in _code_starts(image))


def stretches(image: Image) -> tuple[Stretch, ...]:
    """Return the executable sections of a PE, as far as the file holds them."""
    found = [Stretch(start, bytes(at(image, start))) for start in _code_starts(image)]
    sites = _relocated(image) if image.header.machine == "x86" else np.zeros(0, dtype=np.int64)
    return tuple(_zeroed(stretch, sites) for stretch in found if stretch.data)


def _code_starts(image: Image) -> list[int]:
    """Return where executable sections start, each once."""
    starts = {s.virtual_address for s in image.header.sections if s.characteristics & EXECUTABLE}
    return sorted(starts)


def extents(image: Image, code: Sequence[Stretch]) -> tuple[Extent, ...]:
    """Return every function, by address, without overlaps: those of unwind data, and what lies between them."""
    exact = _unwound(image) if image.header.machine == "x64" else ()
    starts = [each.start for each in exact]
    found: list[Extent] = []
    for stretch in code:
        position, end = stretch.start, stretch.start + len(stretch.data)
        landings = np.unique(_call_targets(stretch.data)).tolist()
        for each in exact[bisect.bisect_left(starts, position) : bisect.bisect_left(starts, end)]:
            found += _between(stretch, position, each.start, landings)
            position = min(each.end, end)
            found.append(Extent(each.start, position, exact=True))
        found += _between(stretch, position, end, landings)
    return tuple(found)


def _unwound(image: Image) -> tuple[Extent, ...]:
    """Return the rows of .pdata that make sense, each cut where the next begins."""
    where = directory(image.header, EXCEPTION)
    table = at(image, where.rva, min(where.size, MAX_ROWS * _ROW)) if where.rva else b""
    rows = np.frombuffer(bytes(table[: len(table) // _ROW * _ROW]), dtype="<u4").reshape(-1, 3)[:, :2]
    rows = rows[rows[:, 0] < rows[:, 1]]
    rows = rows[np.unique(rows[:, 0], return_index=True)[1]].astype(np.int64)
    ends = np.minimum(rows[:-1, 1], rows[1:, 0]).tolist() + rows[-1:, 1].tolist()
    return tuple(Extent(start, end, exact=True) for start, end in zip(rows[:, 0].tolist(), ends, strict=True))


def _between(stretch: Stretch, start: int, end: int, landings: Sequence[int]) -> Iterator[Extent]:
    """Yield the pieces of code between two addresses, cut at padding and where calls land."""
    if end <= start:
        return
    base, data = stretch.start, stretch.data
    low, high = start - base, end - base
    landed = ((target, target) for target in _landings(stretch, low, high, landings))
    position = low
    for stop, resume in sorted([*_paddings(stretch, low, high), *landed, (high, high)]):
        if stop > position and any(data[position:stop]):
            yield Extent(base + position, base + stop, exact=False)
        position = max(position, resume)


def _paddings(stretch: Stretch, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield the padding that fills up to a boundary: a byte of it alone may be part of an instruction."""
    for match in _PADDING.finditer(stretch.data, low, high):
        if (stretch.start + match.end()) % BOUNDARY == 0 or match.end() == high:
            yield match.start(), match.end()


def _landings(stretch: Stretch, low: int, high: int, landings: Sequence[int]) -> Iterator[int]:
    """Yield where calls of the same section land, if something that ends a function stands before."""
    for target in landings[bisect.bisect_right(landings, low) : bisect.bisect_left(landings, high)]:
        if stretch.data[target - 1] in _BEFORE or (stretch.start + target) % BOUNDARY == 0:
            yield target


def _call_targets(data: bytes) -> NDArray[np.int64]:
    """Return where each `call` of a section would land, as offsets into it."""
    code = np.frombuffer(data, dtype=np.uint8)
    at_calls = np.flatnonzero(code[:-4] == 0xE8)
    targets = at_calls + 5 + displacements(code, at_calls + 1)
    return targets[(targets > 0) & (targets < len(data))]


def displacements(code: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the signed 32-bit numbers at offsets, of which none lies less than four bytes before the end."""
    total = np.zeros(len(offsets), dtype=np.uint32)
    for byte in range(4):
        total |= code[offsets + byte].astype(np.uint32) << np.uint32(8 * byte)
    return total.view(np.int32).astype(np.int64)


def _relocated(image: Image) -> NDArray[np.int64]:
    """Return the addresses of all 32-bit absolute addresses (PE specification, The .reloc Section)."""
    where = directory(image.header, RELOCATION)
    table = bytes(at(image, where.rva, where.size)) if where.rva else b""
    found: list[NDArray[np.int64]] = []
    position = 0
    while position + 8 <= len(table) and len(found) < MAX_BLOCKS:
        page, size = np.frombuffer(table, dtype="<u4", count=2, offset=position).tolist()
        if size < 8:
            break
        entries = np.frombuffer(table[position + 8 : position + size][: (size - 8) // 2 * 2], dtype="<u2")
        found.append((entries[entries >> 12 == _HIGHLOW] & 0xFFF).astype(np.int64) + page)
        position += size
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _zeroed(stretch: Stretch, sites: NDArray[np.int64]) -> Stretch:
    """Return a section without the absolute addresses in it."""
    inside = sites[(sites >= stretch.start) & (sites + 4 <= stretch.start + len(stretch.data))] - stretch.start
    if not len(inside):
        return stretch
    code = np.frombuffer(stretch.data, dtype=np.uint8).copy()
    for byte in range(4):
        code[inside + byte] = 0
    return Stretch(stretch.start, code.tobytes())
