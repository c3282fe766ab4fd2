"""Where a zip ends: the end of central directory record, its zip64 form, and which of several is meant.

APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16. Two readers that pick different records see different archives, so every other
record that would do is named.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.zip_structure_parts import CENTRAL_SIGNATURE, SATURATED_16, SATURATED_32, Stretch

END_SIGNATURE = b"PK\5\6"
TAIL = 22 + 0xFFFF  # the record with the longest comment
STEP = 1 << 20
MAX_CANDIDATES = 1024  # a file full of signatures must not cost a check each
MAX_OTHERS = 16

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")


class End(Struct, frozen=True, kw_only=True):
    """The end record that is meant, and the directory it points at."""

    records: tuple[Stretch, ...]
    """Zip64 end record and locator where present, and the end record with its comment."""
    comment: Stretch
    directory: int
    """Offset in the file of the first central header."""
    directory_limit: int
    """Offset that the central headers cannot pass: the first end record."""
    shift: int
    """What must be added to the archive's own offsets."""
    declared: int
    """Number of entries as declared."""
    declared_size: int
    notes: tuple[str, ...] = ()


class _Totals(Struct, frozen=True, kw_only=True):
    """The numbers of an end record, widened by zip64."""

    disks: tuple[int, int]
    entries: int
    size: int
    offset: int


def find_end(data: memoryview) -> End | None:
    """Return the end record that readers agree on most, None where none leads to a directory.

    One whose comment reaches exactly to the end of the file wins, else the last within the last 65,557 bytes, else
    the last of the whole file (bytes were appended).
    """
    near = max(0, len(data) - TAIL)
    found = [end for at in _positions(data, near, len(data)) if (end := _end_at(data, at))]
    if not found:
        found = [end for at in _positions(data, 0, near + 3) if (end := _end_at(data, at))][:1]
    if not found:
        return None
    exact = [end for end in found if end.comment.end == len(data)]
    chosen = exact[0] if exact else found[0]
    others = [end for end in found if end is not chosen and not _explained(end, chosen)]
    if not others:
        return chosen
    return _with_notes(chosen, [_other(end) for end in others[:MAX_OTHERS]])


def _explained(other: End, chosen: End) -> bool:
    """Tell whether a record lies inside the chosen archive's members: a zip stored in it, no second reading."""
    return other.records[-1].end <= chosen.directory and other.comment.end != chosen.comment.end


def _other(end: End) -> str:
    return f"end of central directory: another at {end.records[-1].offset:#x}, directory at {end.directory:#x}"


def _with_notes(end: End, notes: list[str]) -> End:
    return End(
        records=end.records,
        comment=end.comment,
        directory=end.directory,
        directory_limit=end.directory_limit,
        shift=end.shift,
        declared=end.declared,
        declared_size=end.declared_size,
        notes=(*end.notes, *notes),
    )


def _positions(data: memoryview, start: int, stop: int) -> Iterator[int]:
    """Yield where the signature stands, last first, no more than MAX_CANDIDATES."""
    count = 0
    while stop > start and count < MAX_CANDIDATES:
        base = max(start, stop - STEP)
        chunk = bytes(data[base : stop + 3])
        at = chunk.rfind(END_SIGNATURE)
        while at >= 0 and count < MAX_CANDIDATES:
            count += 1
            yield base + at
            at = chunk.rfind(END_SIGNATURE, 0, at + 3)
        stop = base


def _end_at(data: memoryview, at: int) -> End | None:
    """Return the end record at an offset if a central directory lies before it."""
    if at + _END.size > len(data):
        return None
    _, disk, first_disk, _, entries, size, offset, comment_length = _END.unpack_from(data, at)
    totals = _Totals(disks=(disk, first_disk), entries=entries, size=size, offset=offset)
    comment = Stretch(
        offset=at + _END.size, length=min(comment_length, len(data) - at - _END.size), what="archive comment"
    )
    records: tuple[Stretch, ...] = (
        Stretch(offset=at, length=_END.size + comment.length, what="end of central directory"),
    )
    wide = _zip64_records(data, at)
    notes: tuple[str, ...] = ()
    if wide:
        totals, notes = _widened(data, wide[0].offset, totals)
        records = (*wide, *records)
    if totals.disks != (0, 0):
        return None
    limit = records[0].offset
    directory = _directory(data, totals, limit)
    if directory is None:
        return None
    return End(
        records=records,
        comment=comment,
        directory=directory,
        directory_limit=limit,
        shift=directory - totals.offset,
        declared=totals.entries,
        declared_size=totals.size,
        notes=(*notes, *_two_directories(data, totals, limit, directory)),
    )


def _directory(data: memoryview, totals: _Totals, limit: int) -> int | None:
    """Return where the central directory begins: right before the end record, else at the declared offset."""
    adjacent = limit - totals.size
    if totals.entries == 0 and totals.size == 0:
        return limit if totals.offset <= limit else None
    for start in (adjacent, totals.offset) if adjacent >= totals.offset else (totals.offset, adjacent):
        if 0 <= start <= limit and bytes(data[start : start + 4]) == CENTRAL_SIGNATURE:
            return start
    return None


def _two_directories(data: memoryview, totals: _Totals, limit: int, directory: int) -> Iterator[str]:
    """Yield a note where both ways to find the directory lead to one: readers will differ."""
    for start in (totals.offset, limit - totals.size):
        if start != directory and 0 <= start < limit and bytes(data[start : start + 4]) == CENTRAL_SIGNATURE:
            yield f"central directory: read at {directory:#x}, another at {start:#x}"


def _zip64_records(data: memoryview, at: int) -> tuple[Stretch, ...]:
    """Return the zip64 end record and its locator, where they stand before the end record."""
    locator = at - _LOCATOR.size
    if locator < 0 or bytes(data[locator : locator + 4]) != b"PK\6\7":
        return ()
    declared = _LOCATOR.unpack_from(data, locator)[2]
    # a prefix shifts the declared offset: then the record is the one that touches its locator
    for start in (declared, locator - _END_64.size):
        if 0 <= start <= locator - _END_64.size and bytes(data[start : start + 4]) == b"PK\6\6":
            length = min(12 + _END_64.unpack_from(data, start)[1], locator - start)
            return (
                Stretch(offset=start, length=length, what="zip64 end of central directory"),
                Stretch(offset=locator, length=_LOCATOR.size, what="zip64 locator"),
            )
    return ()


def _widened(data: memoryview, at: int, narrow: _Totals) -> tuple[_Totals, tuple[str, ...]]:
    """Return the totals with saturated fields from the zip64 record, and where unsaturated ones disagree with it."""
    *_, disk, first_disk, _, entries, size, offset = _END_64.unpack_from(data, at)
    pairs = (
        ("entries", narrow.entries, entries, SATURATED_16),
        ("size", narrow.size, size, SATURATED_32),
        ("offset", narrow.offset, offset, SATURATED_32),
    )
    notes = tuple(
        f"end of central directory: {what}: {small}, zip64 says {wide}"
        for what, small, wide, saturated in pairs
        if small not in (saturated, wide)
    )
    totals = _Totals(
        disks=(0, 0)
        if (disk, first_disk) == (0, 0) and narrow.disks in {(0, 0), (SATURATED_16, SATURATED_16)}
        else (1, 1),
        entries=entries if narrow.entries == SATURATED_16 else narrow.entries,
        size=size if narrow.size == SATURATED_32 else narrow.size,
        offset=offset if narrow.offset == SATURATED_32 else narrow.offset,
    )
    return totals, notes
