"""A compound file (OLE, structured storage): its streams, and every byte that no stream accounts for ([MS-CFB]).

Own reader: chains that lie and bytes outside all chains are the subject. Whatever can be read is read; what cannot is
a line of damage.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from unrig.formats import ole_unused
from unrig.formats.compressed_stream import Chunks
from unrig.formats.ole_chains import (
    DIRECTORY,
    FIRST_ENTRY,
    MINI_FAT,
    Allocation,
    Chain,
    allocation,
    follow,
    gather,
    read_fat,
)
from unrig.formats.ole_directory import ENTRY_SIZE, Entry, link, read_entries
from unrig.formats.ole_header import END_OF_CHAIN, MINI_SECTOR, Header, Notes, read_header, sector_offset
from unrig.formats.ole_unused import Unused
from unrig.model.errors import FormatError, LimitError
from unrig.model.paths import label

MAX_ENTRIES = 200_000  # the same bound as for the members of a zip
CHUNK = 1 << 18


class OleStructure(Struct, frozen=True, kw_only=True):
    """Everything a compound file says about itself. A code value: it holds the allocation tables."""

    header: Header
    entries: tuple[Entry, ...]
    """The root first; see `ole_directory.link`."""
    complete: bool
    """False where the limit ended the reading of the directory."""
    unused: Unused
    damaged: tuple[str, ...]
    fat: Allocation
    mini_fat: Allocation
    mini_sectors: array[int]
    """The sectors that hold the mini stream."""
    circles: Mapping[int, int]
    """Of each stream whose chain runs in a circle, by its entry's index: how many sectors it has before it repeats."""


def read(data: memoryview, limit: int = MAX_ENTRIES) -> OleStructure:
    """Return the structure of a compound file, of its first `limit` directory entries.

    Raises FormatError where the header is none, or where there is no directory at all.
    """
    header = read_header(data)
    notes = Notes(header.damaged)
    fat = read_fat(data, header, notes)
    directory = follow(fat, header.directory_start, DIRECTORY)
    _note_fault(notes, "directory", directory)
    if not directory.sectors:
        raise FormatError("directory", "at least one sector", directory.fault or "none")
    raw = gather(data, header, directory.sectors)
    entries = link(read_entries(raw, limit, header.version, notes), notes)
    mini_fat, mini_sectors = _mini(data, header, fat, entries, notes)
    used = ole_unused.Usage(data, header, fat, mini_fat, mini_sectors)
    circles: dict[int, int] = {}
    for entry in entries:
        if entry.kind == "stream" and entry.size:  # 2.6.3: an empty one has no chain; some writers leave its start at 0
            chain = _own(entry, mini_fat if entry.size < header.cutoff else fat, used, notes)
            if chain.is_circle:
                circles[entry.index] = len(chain.sectors)
    used.directory(raw, directory.sectors)
    return OleStructure(
        header=header,
        entries=entries,
        complete=len(raw) // ENTRY_SIZE <= limit,
        unused=used.unused(),
        damaged=tuple(notes.lines),
        fat=fat,
        mini_fat=mini_fat,
        mini_sectors=mini_sectors,
        circles=circles,
    )


def _mini(
    data: memoryview, header: Header, fat: Allocation, entries: tuple[Entry, ...], notes: Notes
) -> tuple[Allocation, array[int]]:
    """Return the mini FAT and the sectors of the mini stream, which the root entry points at (2.6.2)."""
    table = follow(fat, header.mini_fat_start, MINI_FAT)
    _note_fault(notes, "mini FAT", table)
    if len(table.sectors) != header.mini_fat_sectors:
        notes.add("mini FAT", f"{header.mini_fat_sectors} sectors as declared", f"{len(table.sectors)}")
    root = entries[0] if entries and entries[0].kind == "root" else None
    holder = follow(fat, root.start, FIRST_ENTRY + root.index) if root and root.size else None
    sectors = holder.sectors if holder else array("I")
    if root and holder:
        _note_fault(notes, "mini stream", holder)
        _note_size(notes, "mini stream", len(sectors) * header.sector_size, root.size)
    size = min(root.size if root else 0, len(sectors) * header.sector_size)
    return allocation(gather(data, header, table.sectors), -(-size // MINI_SECTOR)), sectors


def _own(entry: Entry, space: Allocation, used: ole_unused.Usage, notes: Notes) -> Chain:
    """Follow one stream's chain, note where it lies, and measure what its size leaves over."""
    chain = follow(space, entry.start, FIRST_ENTRY + entry.index)
    where = f"stream {shown(entry)}"
    _note_fault(notes, where, chain)
    _note_size(notes, where, used.stream(entry, chain.sectors), entry.size)
    return chain


def _note_fault(notes: Notes, where: str, chain: Chain) -> None:
    if chain.fault:
        notes.add(where, "a chain with an end mark", chain.fault)


def _note_size(notes: Notes, where: str, held: int, size: int) -> None:
    if held < size:
        notes.add(where, f"{size} bytes as declared", f"a chain of {held}")


def shown(entry: Entry) -> str:
    """Return the label of an entry's own name."""
    return segment(entry.name)


def segment(name: str) -> str:
    """Return the label of one part of a path; a slash in it separates nothing."""
    return label(name.encode("utf-8", "surrogatepass")).replace("/", "%2F")


def paths(structure: OleStructure, naming: Callable[[Entry], str] = shown) -> dict[int, str]:
    """Return the path of every entry but the root by its index: names of storages and its own, each as `naming` says.

    What no storage lists stands under the name `%unlisted`, which no label can be.
    """
    found: dict[int, str] = {}
    for entry in structure.entries:
        if entry.kind == "root" and entry.index == 0:
            continue
        above = "" if entry.parent == 0 else f"{found.get(entry.parent, '%unlisted')}/"
        found[entry.index] = above + naming(entry)
    return found


def content(data: memoryview, structure: OleStructure, entry: Entry) -> Chunks:
    """Yield what a stream holds, as many bytes as it declares.

    A chain that crosses another is followed all the same, as other readers do; one that ends early or runs in a
    circle gives what it has, then FormatError.
    """
    for start, length in extents(data, structure, entry):
        yield bytes(data[start : start + length])
    return entry.size


def extents(data: memoryview, structure: OleStructure, entry: Entry) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each stretch of the file that holds a stream's content, in its order.

    Raises FormatError behind the last one where there are fewer bytes than it declares.
    """
    is_mini = entry.size < structure.header.cutoff
    unit = MINI_SECTOR if is_mini else structure.header.sector_size
    space = structure.mini_fat if is_mini else structure.fat
    left, at, steps, count = entry.size, entry.start, 0, len(space.table)
    most = structure.circles.get(entry.index, count)  # no chain has more sectors than there are
    while left > 0 and at < count and steps < most:
        run = _run(structure, space, at, min(left, CHUNK, (most - steps) * unit), unit)
        start = _offset(structure, at, unit)
        length = max(0, min(left, run * unit, len(data) - start))
        yield start, length
        left -= length
        at, steps = space.table[at + run - 1], steps + run
    if left > 0:
        reason = "a cycle" if steps >= most else "its end" if at == END_OF_CHAIN else f"sector {at:#x}"
        raise FormatError("chain", f"{left} bytes more", reason)


def whole(data: memoryview, structure: OleStructure, entry: Entry, most: int) -> bytes:
    """Return a stream's content. Raises LimitError where it declares more than `most`, FormatError where it lies."""
    if entry.size > most:
        raise LimitError(f"stream {shown(entry)}", f"{most:,} bytes", f"{entry.size:,}")
    return b"".join(content(data, structure, entry))


def _run(structure: OleStructure, space: Allocation, at: int, wanted: int, unit: int) -> int:
    """Return how many sectors from this one on follow each other in the chain and in the file, as far as wanted."""
    run, most = 1, -(-wanted // unit)
    if unit == MINI_SECTOR:  # in a mini stream only as far as the sector that holds them reaches
        most = min(most, structure.header.sector_size // unit - at % (structure.header.sector_size // unit))
    while run < most and space.table[at + run - 1] == at + run < len(space.table):
        run += 1
    return run


def _offset(structure: OleStructure, sector: int, unit: int) -> int:
    if unit == MINI_SECTOR:
        return ole_unused.mini_offset(structure.header, structure.mini_sectors, sector)
    return sector_offset(structure.header, sector)
