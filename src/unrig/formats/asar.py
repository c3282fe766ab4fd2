"""The structure of an asar, Electron's archive: a directory in JSON, then the files one behind the other.

https://github.com/electron/asar, README ("Format") and lib/disk.js: two Chromium pickles, the first holding the size
of the second, the second the directory as a string. Offsets count from the end of the directory.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from unrig.formats.asar_directory import Node, parse, walk
from unrig.formats.zip_structure_map import Layout, lay_out
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError, LimitError

MAX_DIRECTORY = 32 << 20
"""Bytes of JSON: 60,000 files, each with its hash, have 15 MB. Parsed it takes about ten times as much."""
MAX_NODES = 200_000  # the budget of a release
MAX_NOTES = 1024
_PICKLES = struct.Struct("<4I")


class Entry(Struct, frozen=True, kw_only=True):
    """A file whose bytes stand in the archive."""

    node: Node
    offset: int
    """In the archive; -1 where the directory puts it outside or nowhere."""


class AsarStructure(Struct, frozen=True, kw_only=True):
    """Everything an asar says about itself."""

    directory: Stretch
    """The JSON, without its padding."""
    directory_sha256: str
    """What Electron compares with the hash in the program (ElectronAsarIntegrity)."""
    content: int
    """Offset that the files' offsets count from."""
    nodes: tuple[Node, ...]
    entries: tuple[Entry, ...]
    """One for each node, in the same order, that is a file in the archive."""
    layout: Layout
    complete: bool
    """False where the limit ended the reading."""
    notes: tuple[str, ...]


def read(data: memoryview, limit: int = MAX_NODES) -> AsarStructure:
    """Return the structure of an asar, of its first `limit` files and folders.

    Raises FormatError where there is no directory that can be read, LimitError where it is too long.
    """
    directory, content = _directory(data)
    raw = bytes(data[directory.offset : directory.end])
    nodes: list[Node] = []
    notes: list[str] = []
    walked = walk(parse(raw))
    for found in walked:
        if isinstance(found, str):
            notes += [found] if len(notes) < MAX_NOTES else []
        elif len(nodes) < limit:
            nodes.append(found)
        else:
            break
    complete = len(nodes) < limit
    entries = tuple(_entry(node, content, len(data)) for node in nodes if node.kind == "file" and not node.unpacked)
    layout = _layout(content, entries, len(data))
    notes += _notes(data, directory, entries, layout)
    return AsarStructure(
        directory=directory,
        directory_sha256=hashlib.sha256(raw).hexdigest(),
        content=content,
        nodes=tuple(nodes),
        entries=entries,
        layout=layout,
        complete=complete,
        notes=tuple(notes[:MAX_NOTES]),
    )


def _directory(data: memoryview) -> tuple[Stretch, int]:
    """Return where the JSON stands, and the offset behind it that files count from."""
    if len(data) < _PICKLES.size:
        raise FormatError("asar", f"{_PICKLES.size} bytes of pickles", f"{len(data)}")
    four, second, payload, length = _PICKLES.unpack_from(data)
    if four != 4 or not length + 4 <= payload or not payload + 4 <= second:
        raise FormatError("asar", "sizes that lie in each other", f"{four}, {second}, {payload}, {length}")
    if 8 + second > len(data):
        raise FormatError("asar", f"a directory of {second} bytes", f"{len(data) - 8} bytes")
    if length > MAX_DIRECTORY:
        raise LimitError("asar", f"{MAX_DIRECTORY} bytes of directory", f"{length}")
    return Stretch(offset=_PICKLES.size, length=length, what="directory"), 8 + second


def _entry(node: Node, content: int, size: int) -> Entry:
    offset = content + node.offset
    return Entry(node=node, offset=offset if node.offset >= 0 and offset + node.size <= size else -1)


def _layout(content: int, entries: tuple[Entry, ...], size: int) -> Layout:
    """Return what neither the directory nor a file accounts for; files with the very same bytes are one."""
    places = dict.fromkeys((entry.offset, entry.node.size) for entry in entries if entry.offset >= 0)
    claims = [Stretch(offset=0, length=content, what="directory")]
    claims += (Stretch(offset=offset, length=length, what="file") for offset, length in places)
    return lay_out(claims, size)


def _notes(data: memoryview, directory: Stretch, entries: tuple[Entry, ...], layout: Layout) -> Iterator[str]:
    """Yield what is wrong with the places of the files, and with what pads the directory."""
    second = struct.unpack_from("<I", data, 4)[0]
    padding = bytes(data[directory.end : 8 + second])
    if len(padding) > 3 or padding.strip(b"\0"):
        yield f"directory: padding: up to 3 zeros, {len(padding)} bytes"
    if layout.overlapping:
        yield f"files: overlap: {len(layout.overlapping)} share bytes with another"
    lost = (entry for entry in entries if entry.offset < 0)
    for entry in islice(lost, MAX_NOTES):
        yield f"{entry.node.path}: place: inside the archive, {entry.node.offset}+{entry.node.size}"
