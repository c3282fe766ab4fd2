"""Which imported functions the code of a PE calls, and from where: no disassembly, only the slots that it goes through.

Seen are calls and jumps through a slot of the import address table, loads of such a slot into a register, and calls
of a jump of that kind (a thunk, as MinGW and unoptimised builds have). A pointer that code keeps elsewhere is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.formats.lazy_numpy import np
from unrig.formats.pe_code import Stretch, displacements

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST = 8  # bytes of the longest of these instructions, with what follows its number


class Calls(Struct, frozen=True):
    """Where imported functions are called: `addresses[i]` goes through `slots[i]`."""

    addresses: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()


class _Found(Struct, frozen=True):
    """The same as arrays."""

    addresses: NDArray[np.int64]
    slots: NDArray[np.int64]


def import_calls(stretch: Stretch, slots: Mapping[int, str], *, machine: str, image_base: int) -> Calls:
    """Return the calls of one section, in no order that means anything."""
    if len(stretch.data) <= _LONGEST or not slots:
        return Calls()
    code = np.frombuffer(stretch.data, dtype=np.uint8)
    known = np.fromiter(sorted(slots), dtype=np.int64)
    end = len(code) - _LONGEST
    first, second = code[:end], code[1 : end + 1]
    direct = np.flatnonzero((first == 0xFF) & ((second == 0x15) | (second == 0x25)))
    loads = np.flatnonzero((first == 0x8B) & ((second & 0xC7) == 0x05))
    jumps = np.flatnonzero((first == 0xFF) & (second == 0x25))
    base = image_base if machine == "x86" else None
    through = [_through(stretch, code, at, known, base) for at in (direct, loads)]
    thunks = _through(stretch, code, jumps, known, base)
    relative = np.flatnonzero((first == 0xE8) | (first == 0xE9))
    through.append(_to_thunks(stretch, code, relative, thunks))
    return Calls(
        tuple(np.concatenate([each.addresses for each in through]).tolist()),
        tuple(np.concatenate([each.slots for each in through]).tolist()),
    )


def _through(
    stretch: Stretch, code: NDArray[np.uint8], at: NDArray[np.int64], known: NDArray[np.int64], base: int | None
) -> _Found:
    """Keep the instructions (opcode, ModRM, number) that go through a known slot."""
    numbers = displacements(code, at + 2)
    targets = stretch.start + at + 6 + numbers if base is None else (numbers & 0xFFFFFFFF) - base
    kept = np.isin(targets, known)
    return _Found(stretch.start + at[kept], targets[kept])


def _to_thunks(stretch: Stretch, code: NDArray[np.uint8], at: NDArray[np.int64], thunks: _Found) -> _Found:
    """Keep the relative calls that land on a thunk, with its slot; a REX prefix may stand before the jump."""
    order = np.argsort(thunks.addresses)
    starts, slots = thunks.addresses[order], thunks.slots[order]
    targets = stretch.start + at + 5 + displacements(code, at + 1)
    if not len(starts):
        return _Found(at[:0], at[:0])
    where = np.searchsorted(starts, targets)
    nearest = np.minimum(where, len(starts) - 1)
    kept = (where < len(starts)) & (starts[nearest] - targets <= 1)
    return _Found(stretch.start + at[kept], slots[nearest[kept]])
