"""Code for ARM64: where functions are, the same without the addresses that a linker chose, what they import, whom they call.

Every instruction has four bytes (Arm Architecture Reference Manual, C4), so nothing needs to be disassembled. Unwind data
say where a function begins and how long it is, packed into the row or in .xdata (Microsoft: ARM64 exception handling).
Masked are targets of calls, targets of jumps that leave the function, pages (ADRP), and the offsets that are added to
a page in one of the next instructions.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from unrig.formats.code_normal import HASH_BYTES, Normal
from unrig.formats.lazy_numpy import np
from unrig.formats.pe import EXCEPTION, directory
from unrig.formats.pe_calls import Calls
from unrig.formats.pe_code import MAX_ROWS, Extent, Stretch
from unrig.formats.pe_map import Image, at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.int64]

WORD = 4
NEAR = 4
"""Instructions behind an ADRP in which its offset is looked for; compilers put it one or two behind."""
_ROW = 8  # bytes of a row of .pdata: where it begins, unwind data
_CALL, _JUMP = 0x94000000, 0x14000000  # BL, B: 26 bits of target
_WIDE = 0xFC000000
_PADDING = (bytes(WORD), b"\x1f\x20\x03\xd5")  # NOP
_RETURN, _THROUGH, _TRAP = 0xD65F0000, 0xD61F0000, 0xD4200000  # RET, BR, BRK


def extents(image: Image, code: Sequence[Stretch]) -> tuple[Extent, ...]:
    """Return every function, by address, without overlaps: those of unwind data, and what lies between them."""
    exact = _unwound(image)
    starts = [each.start for each in exact]
    found: list[Extent] = []
    for stretch in code:
        position, end = stretch.start, stretch.start + len(stretch.data) // WORD * WORD
        landings = np.unique(_targets(stretch)).tolist()
        for each in exact[bisect.bisect_left(starts, position) : bisect.bisect_left(starts, end)]:
            found += _between(stretch, position, each.start, landings)
            position = min(each.end, end)
            found.append(Extent(each.start, position, exact=True))
        found += _between(stretch, position, end, landings)
    return tuple(found)


def _unwound(image: Image) -> tuple[Extent, ...]:
    """Return the rows of .pdata that make sense, each cut where the next begins."""
    where = directory(image.header, EXCEPTION)
    table = bytes(at(image, where.rva, min(where.size, MAX_ROWS * _ROW))) if where.rva else b""
    rows = dict(reversed(list(struct.iter_unpack("<II", table[: len(table) // _ROW * _ROW]))))
    starts = sorted(start for start in rows if start and not start % WORD)
    ends = [start + _length(image, rows[start]) for start in starts]
    cut = [min(end, following) for end, following in zip(ends, [*starts[1:], 1 << 32], strict=True)] if starts else []
    return tuple(Extent(start, end, exact=True) for start, end in zip(starts, cut, strict=True) if start < end)


def _length(image: Image, unwind: int) -> int:
    """Return the bytes of a function: packed into its row, or in the first word of its .xdata."""
    if unwind & 3:
        return (unwind >> 2 & 0x7FF) * WORD
    word = bytes(at(image, unwind, WORD))
    return (int.from_bytes(word, "little") & 0x3FFFF) * WORD if len(word) == WORD else 0


def _between(stretch: Stretch, start: int, end: int, landings: Sequence[int]) -> Iterator[Extent]:
    """Yield the pieces of code between two addresses, cut where calls land."""
    cuts = landings[bisect.bisect_right(landings, start) : bisect.bisect_left(landings, end)]
    edges = [start, *cuts, end]
    for low, high in itertools.pairwise(edges):
        size = _without_padding(stretch.data[low - stretch.start : high - stretch.start])
        if size:
            yield Extent(low, low + size, exact=False)


def _without_padding(data: bytes) -> int:
    """Return the bytes of a piece up to the zeros and NOPs that fill it up."""
    size = len(data)
    while size >= WORD and data[size - WORD : size] in _PADDING:
        size -= WORD
    return size


def _words(data: bytes) -> Words:
    return np.frombuffer(data[: len(data) // WORD * WORD], dtype="<u4").astype(np.int64)


def _signed(number: Words, bits: int) -> Words:
    return np.where(number >> (bits - 1) & 1, number - (1 << bits), number)


def _targets(stretch: Stretch) -> Words:
    """Return the addresses at which the calls of a section land."""
    words = _words(stretch.data)
    calls = np.flatnonzero((words & _WIDE) == _CALL)
    found = stretch.start + WORD * (calls + _signed(words[calls] & 0x3FFFFFF, 26))
    return found[(found >= stretch.start) & (found < stretch.start + len(stretch.data))]


def normalise(pieces: Sequence[bytes]) -> list[Normal]:
    """Return each function's code, hashed without addresses."""
    return [_normal(piece) for piece in pieces]


def _normal(piece: bytes) -> Normal:
    words = _words(piece)
    masked = _masked(words).astype("<u4").tobytes() + piece[len(words) * WORD :]
    last = int(words[-1]) if len(words) else 0
    leaves = last & _WIDE in (_CALL, _JUMP) or last & 0xFFFFFC1F in (_RETURN, _THROUGH) or last & 0xFFE0001F == _TRAP
    return Normal(hashlib.blake2b(masked, digest_size=HASH_BYTES).hexdigest(), len(words) * WORD, leaves)


def _masked(words: Words) -> Words:
    """Return the instructions of one function without what a linker chose."""
    masked = words.copy()
    page = (words & 0x9F000000) == 0x90000000
    masked = np.where(page | ((words & 0x9F000000) == 0x10000000), words & 0x9F00001F, masked)
    masked = np.where((words & 0x3B000000) == 0x18000000, words & 0xFF00001F, masked)  # LDR, relative
    masked = np.where(_offsets(words, page), words & ~(0xFFF << 10), masked)
    masked = np.where((words & _WIDE) == _CALL, _CALL, masked)
    for kind, mask, first, bits in (
        (_JUMP, _WIDE, 0, 26),
        (0x54000000, 0xFF000010, 5, 19),  # B.cond
        (0x34000000, 0x7E000000, 5, 19),  # CBZ, CBNZ
        (0x36000000, 0x7E000000, 5, 14),  # TBZ, TBNZ
    ):
        target = np.arange(len(words)) + _signed(words >> first & ((1 << bits) - 1), bits)
        leaves = (target < 0) | (target >= len(words))
        masked = np.where(((words & mask) == kind) & leaves, words & ~(((1 << bits) - 1) << first), masked)
    return masked


def _offsets(words: Words, page: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which instructions add to a page that one of those before has put into their register."""
    adds = ((words & 0xFFC00000) == 0x91000000) | ((words & 0x3B000000) == 0x39000000)  # ADD, LDR and STR, unsigned
    base, written = words >> 5 & 31, np.where(page, words & 31, -1)
    found = np.zeros(len(words), dtype=np.bool_)
    for back in range(1, min(NEAR, len(words) - 1) + 1):
        found[back:] |= base[back:] == written[:-back]
    told: NDArray[np.bool_] = found & adds
    return told


def import_calls(stretch: Stretch, slots: Mapping[int, str]) -> Calls:
    """Return the loads of addresses of imported functions: a page, then the slot in it. No order that means anything."""
    words = _words(stretch.data)
    if not slots or len(words) <= NEAR:
        return Calls()
    pages = np.flatnonzero((words & 0x9F000000) == 0x90000000)
    known = np.fromiter(sorted(slots), dtype=np.int64)
    addresses, found = [], []
    for ahead in range(1, NEAR + 1):
        here = pages[pages + ahead < len(words)]
        load, adrp = words[here + ahead], words[here]
        offset = _signed((adrp >> 5 & 0x7FFFF) << 2 | (adrp >> 29 & 3), 21)
        slot = (((stretch.start + WORD * here) >> 12) + offset << 12) + (load >> 10 & 0xFFF) * 8
        kept = ((load & 0xFFC00000) == 0xF9400000) & ((load >> 5 & 31) == (adrp & 31)) & np.isin(slot, known)
        addresses += (stretch.start + WORD * here[kept]).tolist()
        found += slot[kept].tolist()
    return Calls(tuple(addresses), tuple(found))


def callees(raw: bytes, start: int) -> Iterator[int]:
    """Yield where the calls and jumps of one function land."""
    words = _words(raw)
    branches = np.flatnonzero(((words & _WIDE) == _CALL) | ((words & _WIDE) == _JUMP))
    yield from (start + WORD * (branches + _signed(words[branches] & 0x3FFFFFF, 26))).tolist()
