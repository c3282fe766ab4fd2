"""The directory of a compound file ([MS-CFB] 2.6): entries as they stand, and the trees that link them.

Each storage's children are a binary tree. It is walked without recursion, every entry at most once: what a tree
meets a second time is damage, and what no tree reaches is an entry that is there but that nobody lists.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from unrig.formats.ole_header import Notes
from unrig.model.paths import label

ENTRY_SIZE = 128
NO_ENTRY = 0xFFFFFFFF
KINDS = {1: "storage", 2: "stream", 5: "root"}
MAX_DEPTH = 32  # storages within each other; a patch has two levels, an Office file with embedded objects a few

_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")


class Entry(Struct, frozen=True, kw_only=True):
    """One directory entry that is in use."""

    index: int
    kind: str
    """root, storage, stream; or the number of an unknown kind."""
    name: str
    """As UTF-16 says; a lone surrogate stays one."""
    raw_name: bytes
    """The same in UTF-16, little-endian, without its end mark."""
    parent: int
    """Index of the storage that lists it; -1 for the root and for what no storage lists."""
    linked: bool
    """Whether a walk from the root reaches it."""
    start: int
    size: int
    class_id: bytes
    state: int
    created: int
    modified: int
    """FILETIME, both."""
    left: int
    right: int
    child: int


def read_entries(raw: bytes, limit: int, version: int, notes: Notes) -> tuple[Entry | None, ...]:
    """Return the first `limit` entries in their order, None for each that is not in use."""
    count = min(len(raw) // ENTRY_SIZE, limit)
    return tuple(_entry(raw, index, version, notes) for index in range(count))


def _entry(raw: bytes, index: int, version: int, notes: Notes) -> Entry | None:
    fields = _ENTRY.unpack_from(raw, index * ENTRY_SIZE)
    name, length, kind, _, left, right, child, class_id, state, created, modified, start, size = fields
    if kind == 0:
        return None
    if kind not in KINDS or (kind == 5) != (index == 0):
        notes.add(f"directory entry {index}", "a root first, storages and streams after it", f"kind {kind}")
    if length % 2 or not 2 <= length <= len(name):
        notes.add(f"directory entry {index}", "a name of 2 to 64 bytes", f"{length}")
        length = len(name.partition(b"\0\0\0")[0]) // 2 * 2 + 2
    if version == 3 and size >> 32:
        notes.add(f"directory entry {index}", "a size of 32 bits, as version 3 has", f"{size:#x}")
        size &= 0xFFFFFFFF
    plain = name[: max(0, min(length, 64) - 2) // 2 * 2]
    return Entry(
        index=index,
        kind=KINDS.get(kind, str(kind)),
        name=plain.decode("utf-16-le", "surrogatepass"),
        raw_name=plain,
        parent=-1,
        linked=False,
        start=start,
        size=size,
        class_id=class_id,
        state=state,
        created=created,
        modified=modified,
        left=left,
        right=right,
        child=child,
    )


def link(entries: tuple[Entry | None, ...], notes: Notes) -> tuple[Entry, ...]:
    """Return the entries in use: the root, then as the trees list them, storage by storage, then the unlisted."""
    if not entries or entries[0] is None:
        notes.add("directory", "a root entry", "none")
        return tuple(entry for entry in entries if entry is not None)
    seen = bytearray(len(entries))
    seen[0] = 1
    found = [replace(entries[0], linked=True)]
    waiting = [(found[0], 1)]
    while waiting:
        storage, depth = waiting.pop()
        children = [replace(e, parent=storage.index, linked=True) for e in _tree(entries, storage, seen, notes)]
        _check_order(storage, children, notes)
        found += children
        inner = [child for child in children if child.kind == "storage"]
        if inner and depth == MAX_DEPTH:
            notes.add(f"directory entry {inner[0].index}", f"at most {MAX_DEPTH} storages within each other", "more")
            continue
        waiting += [(child, depth + 1) for child in reversed(inner)]
    lost = [entry for entry in entries if entry is not None and not seen[entry.index]]
    if lost:
        notes.add(
            "directory entries", "every one in some storage", f"{len(lost)} in none, the first at {lost[0].index}"
        )
    return (*found, *lost)


def _tree(entries: tuple[Entry | None, ...], storage: Entry, seen: bytearray, notes: Notes) -> Iterator[Entry]:
    """Yield the entries of one storage's tree from left to right."""
    path: list[Entry] = []
    at = storage.child
    while True:
        while (entry := _take(entries, at, storage, seen, notes)) is not None:
            path.append(entry)
            at = entry.left
        if not path:
            return
        entry = path.pop()
        yield entry
        at = entry.right


def _take(entries: tuple[Entry | None, ...], at: int, storage: Entry, seen: bytearray, notes: Notes) -> Entry | None:
    """Return the entry at an index, once; None where there is none."""
    if at == NO_ENTRY:
        return None
    where = f"directory entry {storage.index}"
    entry = entries[at] if at < len(entries) else None
    if entry is None:
        notes.add(where, "children that are entries in use", f"entry {at:#x}")
        return None
    if seen[at]:
        notes.add(where, "a tree", f"entry {at} met again")
        return None
    seen[at] = 1
    return entry


def _check_order(storage: Entry, children: list[Entry], notes: Notes) -> None:
    """Note names out of order (2.6.4): one who searches the tree does not find them, one who lists it does."""
    keys = [_key(child.name) for child in children]
    for index in range(1, len(keys)):
        if (len(keys[index - 1]), keys[index - 1]) >= (len(keys[index]), keys[index]):
            observed = f"{_shown(children[index - 1])} before {_shown(children[index])}"
            notes.add(f"directory entry {storage.index}", "children in the order of their names", observed)


def _key(name: str) -> bytes:
    """Return a name in capitals, one code unit for each of its own, so that bytes compare as code units do."""
    capitals = (upper if len(upper := char.upper()) == 1 else char for char in name)
    return "".join(capitals).encode("utf-16-be", "surrogatepass")


def _shown(entry: Entry) -> str:
    return label(entry.name.encode("utf-8", "surrogatepass"))
