"""The bytes of a compound file that no stream accounts for ([MS-CFB]).

They stand behind its last sector, in sectors that no chain has, and in the rest of every stream's last sector. Nobody checks
them and no digest of an installer's streams covers them. Stretches of nothing but zeros are left out.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.formats.lazy_numpy import np
from unrig.formats.ole_chains import NOBODY, Allocation
from unrig.formats.ole_directory import ENTRY_SIZE, Entry
from unrig.formats.ole_header import FREE, HEADER_SIZE, MINI_SECTOR, Header, sector_offset

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STRETCHES = 256
"""Of each kind, the longest: a payload cannot hide behind many small ones."""


class Stretch(Struct, frozen=True, kw_only=True):
    """A range of the file and what stands there."""

    offset: int
    length: int
    what: str
    entry: int = -1
    """Index of the directory entry whose stream it follows; -1 where it follows none."""


class Unused(Struct, frozen=True, kw_only=True):
    """All of them; each tuple in the order of the file."""

    trailing: Stretch | None
    """Behind the last sector that anything uses, zeros too."""
    sectors: tuple[Stretch, ...]
    """Neighbouring sectors that no chain has: `free sectors` or, where the FAT says they are taken, `lost sectors`."""
    slack: tuple[Stretch, ...]
    """Behind a stream's last byte in its last sectors, in the header's sector, and in directory entries not in use."""
    slack_bytes: int
    """Of all slack that is not zeros, the shorter stretches that are left out counted in."""


def mini_offset(header: Header, mini_sectors: array[int], mini_sector: int) -> int:
    """Return where a mini sector begins in the file."""
    holder, within = divmod(mini_sector * MINI_SECTOR, header.sector_size)
    return sector_offset(header, mini_sectors[holder]) + within


class Usage:
    """Gathers what is left over while the streams of one file are followed."""

    def __init__(
        self, data: memoryview, header: Header, fat: Allocation, mini_fat: Allocation, mini_sectors: array[int]
    ) -> None:
        self._data, self._header = data, header
        self._fat, self._mini_fat, self._mini_sectors = fat, mini_fat, mini_sectors
        self._slack: list[Stretch] = []
        self._slack_bytes = 0
        if header.sector_size > HEADER_SIZE:
            self._add(HEADER_SIZE, header.sector_size - HEADER_SIZE, "header padding", -1)

    def stream(self, entry: Entry, sectors: array[int]) -> int:
        """Take up what a stream's chain holds behind its last byte; return how many bytes the chain has."""
        is_mini = entry.size < self._header.cutoff
        unit = MINI_SECTOR if is_mini else self._header.sector_size
        for index in range(entry.size // unit, len(sectors)):
            used = max(0, entry.size - index * unit)
            at = sectors[index]
            start = mini_offset(self._header, self._mini_sectors, at) if is_mini else sector_offset(self._header, at)
            self._add(start + used, unit - used, _slack_kind(used), entry.index)
        return len(sectors) * unit

    def directory(self, raw: bytes, sectors: array[int]) -> None:
        """Take up directory entries that are not in use but hold more than the marks of an empty one."""
        each = self._header.sector_size // ENTRY_SIZE
        for index in range(len(raw) // ENTRY_SIZE):
            entry = raw[index * ENTRY_SIZE : (index + 1) * ENTRY_SIZE]
            if entry[66] == 0 and (any(entry[:68]) or any(entry[80:])):
                sector, within = divmod(index, each)
                start = sector_offset(self._header, sectors[sector]) + within * ENTRY_SIZE
                self._add(start, ENTRY_SIZE, "directory entry not in use", index)

    def unused(self) -> Unused:
        """Return everything, once all chains were followed."""
        self._mini_free()
        states = np.frombuffer(self._fat.owners, dtype=np.uint32)
        owned = np.flatnonzero(states != NOBODY)
        end = sector_offset(self._header, int(owned[-1]) + 1) if len(owned) else self._header.sector_size
        last = int(owned[-1]) + 1 if len(owned) else 0
        length = len(self._data) - end
        return Unused(
            trailing=Stretch(offset=end, length=length, what="trailing") if length > 0 else None,
            sectors=tuple(self._unowned(last)),
            slack=_in_order(sorted(self._slack, key=lambda s: -s.length)[:MAX_STRETCHES]),
            slack_bytes=self._slack_bytes,
        )

    def _add(self, offset: int, length: int, what: str, entry: int) -> None:
        """Keep one stretch of slack unless it is zeros; keep no more than can be reported."""
        part = self._data[offset : offset + length]
        if not len(part) or not np.frombuffer(part, dtype=np.uint8).any():
            return
        self._slack_bytes += len(part)
        self._slack.append(Stretch(offset=offset, length=len(part), what=what, entry=entry))
        if len(self._slack) == 8 * MAX_STRETCHES:
            self._slack = sorted(self._slack, key=lambda s: -s.length)[:MAX_STRETCHES]

    def _mini_free(self) -> None:
        """Take up mini sectors that no chain has, neighbours as one stretch."""
        free = np.flatnonzero(np.frombuffer(self._mini_fat.owners, dtype=np.uint32) == NOBODY)
        if not len(free):
            return
        holders = np.frombuffer(self._mini_sectors, dtype=np.uint32).astype(np.int64)
        each = self._header.sector_size // MINI_SECTOR
        offsets = (holders[free // each] + 1) * self._header.sector_size + free % each * MINI_SECTOR
        breaks = np.flatnonzero(np.diff(offsets) != MINI_SECTOR) + 1
        starts = np.concatenate((offsets[:1], offsets[breaks]))
        lengths = np.diff(np.concatenate(([0], breaks, [len(offsets)]))) * MINI_SECTOR
        for index in np.argsort(-lengths, kind="stable").tolist()[: 8 * MAX_STRETCHES]:
            self._add(int(starts[index]), int(lengths[index]), "mini sectors of no chain", -1)

    def _unowned(self, last: int) -> tuple[Stretch, ...]:
        """Return the longest runs of sectors before `last` that nobody owns and that hold more than zeros."""
        owners = np.frombuffer(self._fat.owners, dtype=np.uint32)[:last]
        table = np.frombuffer(self._fat.table, dtype=np.uint32)[:last]
        states = np.where(owners != NOBODY, 0, np.where(table == FREE, 1, 2))
        starts, ends = _runs(states)
        found: list[Stretch] = []
        for index in np.argsort(starts - ends, kind="stable").tolist():
            start, end = int(starts[index]), int(ends[index])
            offset, stop = sector_offset(self._header, start), sector_offset(self._header, end)
            if states[start] and np.frombuffer(self._data[offset:stop], dtype=np.uint8).any():
                what = "free sectors" if states[start] == 1 else "lost sectors"
                found.append(Stretch(offset=offset, length=stop - offset, what=what))
            if len(found) == MAX_STRETCHES:
                break
        return _in_order(found)


def _runs(states: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where runs of equal values begin and end."""
    if not len(states):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    breaks = np.flatnonzero(np.diff(states)) + 1
    return np.concatenate(([0], breaks)), np.concatenate((breaks, [len(states)]))


def _slack_kind(used: int) -> str:
    return "slack" if used else "sectors beyond the stream's size"


def _in_order(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    return tuple(sorted(stretches, key=lambda s: s.offset))
