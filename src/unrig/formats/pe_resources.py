"""The resource tree of a PE, flattened to its leaves (PE specification, The .rsrc Section)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.pe import RESOURCE, directory, note
from unrig.formats.pe_map import Image, at, file_offset
from unrig.model.pe import Resource

LEVELS = 3  # type, name, language: what Windows looks up; nothing reads deeper
MAX_ENTRIES = 10_000  # over the whole tree; the most of 159 real PEs is 27
MAX_NAME = 256  # characters
SUBDIRECTORY = 0x8000_0000
TYPES = {  # winuser.h, MAKEINTRESOURCE
    1: "RT_CURSOR",
    2: "RT_BITMAP",
    3: "RT_ICON",
    4: "RT_MENU",
    5: "RT_DIALOG",
    6: "RT_STRING",
    7: "RT_FONTDIR",
    8: "RT_FONT",
    9: "RT_ACCELERATOR",
    10: "RT_RCDATA",
    11: "RT_MESSAGETABLE",
    12: "RT_GROUP_CURSOR",
    14: "RT_GROUP_ICON",
    16: "RT_VERSION",
    17: "RT_DLGINCLUDE",
    19: "RT_PLUGPLAY",
    20: "RT_VXD",
    21: "RT_ANICURSOR",
    22: "RT_ANIICON",
    23: "RT_HTML",
    24: "RT_MANIFEST",
}

_HEADER = struct.Struct("<12xHH")
_ENTRY = struct.Struct("<II")
_LEAF = struct.Struct("<III4x")


class Resources(Struct, frozen=True, kw_only=True):
    """The leaves in the order of the tree. Their offsets are in the file, their sizes cut to what is there."""

    resources: tuple[Resource, ...] = ()
    damaged: tuple[str, ...] = ()


class _Tree:
    """One walk: the bytes from the root on, the directories entered, what is left of the entries."""

    def __init__(self, image: Image, rva: int) -> None:
        self.image = image
        self.raw = at(image, rva)
        self.entered: set[int] = set()
        self.left = MAX_ENTRIES
        self.damaged: list[str] = []


class _Entry(Struct, frozen=True):
    """One row of a directory: a number or the offset of a name, and where it leads."""

    name: int
    target: int


def read_resources(image: Image) -> Resources:
    """Return all leaves that can be reached; cycles, depth, counts and sizes that lie are damage."""
    where = directory(image.header, RESOURCE)
    if not where.rva:
        return Resources()
    tree = _Tree(image, where.rva)
    resources = tuple(_leaves(tree, 0, ()))
    return Resources(resources=resources, damaged=tuple(tree.damaged))


def _leaves(tree: _Tree, offset: int, path: tuple[int, ...]) -> Iterator[Resource]:
    """Yield the leaves below one directory; `path` holds the name of each level above."""
    for entry in _entries(tree, offset):
        below = (*path, entry.name)
        if not entry.target & SUBDIRECTORY:
            yield from _leaf(tree, entry.target, below)
        elif len(below) >= LEVELS:
            note(tree.damaged, "resources", f"{LEVELS} levels", f"a directory below level {len(below)}")
        else:
            yield from _leaves(tree, entry.target & ~SUBDIRECTORY, below)


def _entries(tree: _Tree, offset: int) -> Iterator[_Entry]:
    """Yield the rows of one directory that is entered for the first time."""
    if offset in tree.entered:
        note(tree.damaged, "resources", "a tree", f"the directory at {offset:#x} twice")
        return
    tree.entered.add(offset)
    header = tree.raw[offset : offset + _HEADER.size]
    if len(header) < _HEADER.size:
        note(tree.damaged, "resources", f"a directory at {offset:#x}", f"{len(header)} bytes")
        return
    declared = sum(_HEADER.unpack(header))
    table = tree.raw[offset + 16 : offset + 16 + declared * _ENTRY.size]
    present = min(len(table) // _ENTRY.size, tree.left)
    if present < declared:
        note(tree.damaged, "resources", f"{declared} entries, {MAX_ENTRIES} in all", f"{present} at {offset:#x}")
    tree.left -= present
    for name, target in _ENTRY.iter_unpack(table[: present * _ENTRY.size]):
        yield _Entry(name, target)


def _leaf(tree: _Tree, offset: int, path: tuple[int, ...]) -> Iterator[Resource]:
    """Yield one leaf if its data entry and its data are in the file."""
    raw = tree.raw[offset : offset + _LEAF.size]
    if len(raw) < _LEAF.size:
        note(tree.damaged, "resources", f"a data entry at {offset:#x}", f"{len(raw)} bytes")
        return
    rva, size, _ = _LEAF.unpack(raw)
    start = file_offset(tree.image, rva)
    if start is None:
        note(tree.damaged, "resources", f"data at {rva:#x}", "nothing in the file")
        return
    present = len(at(tree.image, rva, size))
    if present < size:
        note(tree.damaged, "resources", f"{size} bytes at {rva:#x}", str(present))
    kind, name, language = (*path, 0, 0)[:LEVELS]
    yield Resource(
        type=TYPES.get(kind) or _name(tree, kind),
        name=_name(tree, name),
        language=language,
        offset=start,
        size=present,
    )


def _name(tree: _Tree, name: int) -> str:
    """Return `#number`, or the counted UTF-16 text at the offset."""
    if not name & SUBDIRECTORY:
        return f"#{name}"
    offset = name & ~SUBDIRECTORY
    length = int.from_bytes(tree.raw[offset : offset + 2], "little")
    raw = tree.raw[offset + 2 : offset + 2 + 2 * min(length, MAX_NAME)]
    if len(raw) < 2 * length:
        note(tree.damaged, "resources", f"a name of {length}, at most {MAX_NAME} characters", str(len(raw) // 2))
    return bytes(raw).decode("utf-16-le", "backslashreplace")
