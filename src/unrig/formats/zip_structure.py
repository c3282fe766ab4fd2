"""The structure of a zip: its members as both descriptions give them, and every byte that neither accounts for.

APPNOTE.TXT 6.3.10. Nothing is inflated. An archive without a central directory is read by its local headers, as far
as their sizes go.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from unrig.formats import zip_structure_map as maps
from unrig.formats import zip_structure_signed as signed
from unrig.formats.zip_structure_end import End, find_end
from unrig.formats.zip_structure_names import kind_notes, kind_of, name_notes
from unrig.formats.zip_structure_notes import (
    ENCRYPTED,
    HAS_DESCRIPTOR,
    descriptor_length,
    foreign_extra,
    local_notes,
    unicode_notes,
)
from unrig.formats.zip_structure_parts import Central, Local, Stretch, read_central, read_local
from unrig.formats.zip_structure_scan import scan
from unrig.model.errors import FormatError
from unrig.model.paths import label

MAX_ENTRIES = 200_000  # the largest real archives (Android SDK, Chromium) stay below 100,000 members
MAX_NOTES = 1024


class Entry(Struct, frozen=True, kw_only=True):
    """One member, as the central directory describes it."""

    index: int
    path: str
    """A label (see unrig.model.paths)."""
    name: bytes
    kind: str
    """file, folder, symlink or device."""
    method: int
    encrypted: bool
    crc32: int
    compressed_size: int
    size: int
    offset: int
    """Of its local header in the file."""
    data_offset: int
    """-1 where no local header stands at `offset`."""
    end: int
    """Behind its data and data descriptor."""


class ZipStructure(Struct, frozen=True, kw_only=True):
    """Everything a zip says about itself without inflating anything."""

    entries: tuple[Entry, ...]
    declared: int
    """Number of entries that the end record declares, modulo 65,536 without zip64."""
    has_directory: bool
    """False where the entries come from local headers alone."""
    complete: bool
    """False where MAX_ENTRIES ended the reading."""
    prefix: Stretch | None
    gaps: tuple[Stretch, ...]
    trailing: Stretch | None
    blocks: tuple[Stretch, ...]
    """Known structures besides members: directory, end records, `APK Signing Block`, ..."""
    fields: tuple[Stretch, ...]
    """Free fields inside the structures: comments, extra blocks of no registered ID that are not zeros."""
    overlapping: frozenset[int]
    """Index of every entry that shares bytes with another structure."""
    comment: bytes
    notes: tuple[str, ...]
    """Where descriptions disagree or mislead, each as `path: field: local, directory`."""


def read(data: memoryview, limit: int = MAX_ENTRIES) -> ZipStructure:
    """Return the structure of a zip, of its first `limit` entries.

    Raises FormatError where there is neither a central directory nor a local header to start from.
    """
    end = find_end(data)
    centrals = list(_directory(data, end, limit)) if end else list(scan(data, limit))
    if end is None and not centrals:
        raise FormatError("zip", "an end of central directory record", f"none in {len(data)} bytes")
    shift = end.shift if end else 0
    locals_ = [read_local(data, central.local_offset + shift) for central in centrals]
    entries = tuple(
        _entry(data, index, central, local, shift)
        for index, (central, local) in enumerate(zip(centrals, locals_, strict=True))
    )
    blocks = tuple(_blocks(data, end, centrals, entries))
    layout = maps.lay_out([*(_claim(entry) for entry in entries), *blocks], len(data))
    return ZipStructure(
        entries=entries,
        declared=end.declared if end else 0,
        has_directory=end is not None,
        complete=len(centrals) < limit,
        prefix=layout.prefix,
        gaps=layout.gaps,
        trailing=layout.trailing,
        blocks=blocks,
        fields=tuple(_fields(data, end, centrals, locals_)),
        overlapping=frozenset(index for index in layout.overlapping if index < len(entries)),
        comment=bytes(data[end.comment.offset : end.comment.end]) if end else b"",
        notes=_bounded(_notes(data, end if len(centrals) < limit else None, centrals, locals_)),
    )


def _directory(data: memoryview, end: End, limit: int) -> Iterator[Central]:
    """Yield the central headers from the directory's start on, as long as they touch."""
    at = end.directory
    for _ in range(limit):
        central = read_central(data, at, end.directory_limit)
        if central is None:
            return
        yield central
        at = central.end


def _entry(data: memoryview, index: int, central: Central, local: Local | None, shift: int) -> Entry:
    """Return a member; its extent ends with the file at the latest."""
    offset = max(0, min(central.local_offset + shift, len(data)))
    end = offset
    if local:
        end = min(len(data), local.data_offset + central.compressed_size)
        if local.flags & HAS_DESCRIPTOR or central.flags & HAS_DESCRIPTOR:
            end += descriptor_length(data, end, central) or 0
    return Entry(
        index=index,
        path=label(central.name),
        name=central.name,
        kind=kind_of(central.name, central.attributes, max(central.size, central.compressed_size)),
        method=central.method,
        encrypted=bool(central.flags & ENCRYPTED),
        crc32=central.crc32,
        compressed_size=central.compressed_size,
        size=central.size,
        offset=offset,
        data_offset=local.data_offset if local else -1,
        end=end,
    )


def _claim(entry: Entry) -> Stretch:
    return Stretch(offset=entry.offset, length=entry.end - entry.offset, what="member")


def _blocks(
    data: memoryview, end: End | None, centrals: list[Central], entries: tuple[Entry, ...]
) -> Iterator[Stretch]:
    """Yield the known structures besides members."""
    first = min((entry.offset for entry in entries if entry.data_offset >= 0), default=0)
    if marker := maps.spanning_marker(data, first):
        yield marker
    if header := signed.crx_header(data, first):
        yield header
    if end is None:
        return
    if signing := maps.signing_block(data, end.directory):
        yield signing
    directory_end = centrals[-1].end if centrals else end.directory
    yield Stretch(offset=end.directory, length=directory_end - end.directory, what="central directory")
    if signature := maps.between_directory_and_end(data, directory_end, end.directory_limit):
        yield signature
    yield from end.records


def _fields(
    data: memoryview, end: End | None, centrals: list[Central], locals_: list[Local | None]
) -> Iterator[Stretch]:
    """Yield the free fields that hold something: comments, and extra blocks of no registered ID."""
    if end and end.comment.length:
        yield end.comment
    if end and (signing := maps.signing_block(data, end.directory)):
        yield from signed.foreign_pairs(data, signing)
    for central, local in zip(centrals, locals_, strict=True):
        if central.comment.length:
            yield central.comment
        yield from foreign_extra(data, central.extra)
        if local:
            yield from foreign_extra(data, local.extra)


def _notes(data: memoryview, end: End | None, centrals: list[Central], locals_: list[Local | None]) -> Iterator[str]:
    """Yield every note, those on the archive first (`end` is None where not all of it was read)."""
    if end:
        yield from end.notes
        yield from _count_notes(end, centrals)
    for central, local in zip(centrals, locals_, strict=True):
        for note in _member_notes(data, central, local):
            yield f"{label(central.name)}: {note}"


def _count_notes(end: End, centrals: list[Central]) -> Iterator[str]:
    """Yield where the end record counts other entries or bytes than the directory has (65,536 wraps without zip64)."""
    found = len(centrals)
    size = centrals[-1].end - end.directory if centrals else 0
    if found not in {end.declared, end.declared + (found & ~0xFFFF)}:
        yield f"central directory: entries: {found}, {end.declared} declared"
    if size != end.declared_size:
        yield f"central directory: size: {size}, {end.declared_size} declared"


def _member_notes(data: memoryview, central: Central, local: Local | None) -> Iterator[str]:
    """Yield every note on one member."""
    for note in name_notes(central.name):
        yield f"name hazard: {note}"
    for note in kind_notes(central.name, central.attributes, central.size):
        yield f"kind hazard: {note}"
    yield from unicode_notes(data, central.name, central.extra)
    if local is None:
        yield "local header: none at the offset given"
        return
    yield from local_notes(central, local)
    if local.data_offset + central.compressed_size > len(data):
        yield f"compressed size: {len(data) - local.data_offset:#x} left in the file, {central.compressed_size:#x}"


def _bounded(notes: Iterator[str]) -> tuple[str, ...]:
    """Return each note once, at most MAX_NOTES and one line that says so."""
    kept: dict[str, None] = {}
    for note in notes:
        if len(kept) == MAX_NOTES:
            return (*kept, f"notes: the first {MAX_NOTES} are listed")
        kept[note] = None
    return tuple(kept)
