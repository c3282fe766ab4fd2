"""The directory of a compound file: entries of 128 bytes in a red-black tree for each storage ([MS-CFB] 2.6)."""

from __future__ import annotations

import struct

from msgspec import Struct

_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_NONE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_LONGEST = 31  # UTF-16 code units of a name (2.6.1)


class OleStream(Struct, frozen=True, kw_only=True):
    """One stream. The defaults tell the truth."""

    name: str
    """As it stands in the file."""
    content: bytes = b""
    storage: str = ""
    """Storages it stands in, separated by `/`; empty for the root."""
    stated_size: int | None = None
    """What its entry says, where it lies."""
    slack: int = 0
    """Bytes of inert payload behind its content in the last sector, as many as fit."""
    excess: int = 0
    """The same in further sectors of its chain."""
    cycle: bool = False
    """The last sector leads to the first."""
    cut: bool = False
    """The chain leads out of the file in its middle."""
    same_as: int | None = None
    """Index of an earlier stream in whose chain this one begins too."""
    unlisted: bool = False
    """Its storage's tree does not reach it."""


class Node(Struct, kw_only=True):
    """One directory entry while it is made."""

    name: str
    kind: int
    parent: int
    stream: OleStream | None = None
    start: int = 0
    size: int = 0
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    colour: int = _BLACK


def nodes_of(streams: tuple[OleStream, ...]) -> list[Node]:
    """Return the root, the storages and the streams, each storage's tree balanced.

    Raises:
        ValueError: a name has no or too many characters.
    """
    nodes = [Node(name="Root Entry", kind=_ROOT, parent=-1)]
    storages = {"": 0}
    for stream in streams:
        way = stream.storage.split("/") if stream.storage else []
        for depth, name in enumerate(way):
            path = "/".join(way[: depth + 1])
            if path not in storages:
                storages[path] = len(nodes)
                nodes.append(Node(name=name, kind=_STORAGE, parent=storages["/".join(way[:depth])]))
        nodes.append(Node(name=stream.name, kind=_STREAM, parent=storages[stream.storage], stream=stream))
    for node in nodes:
        if not 1 <= len(node.name.encode("utf-16-le")) // 2 <= _LONGEST:
            raise ValueError(f"a name has 1..{_LONGEST} characters, not {len(node.name)}")
    for index, node in enumerate(nodes):
        if node.kind != _STREAM:
            listed = [at for at, other in enumerate(nodes) if other.parent == index and not _is_unlisted(other)]
            listed.sort(key=lambda at: _key(nodes[at].name))
            node.child = _balance(nodes, listed, 1, len(listed).bit_length())
    return nodes


def _is_unlisted(node: Node) -> bool:
    return node.stream is not None and node.stream.unlisted


def _key(name: str) -> tuple[int, bytes]:
    """Return what names are ordered by (2.6.4): length, then capitals."""
    capitals = "".join(char.upper() if len(char.upper()) == 1 else char for char in name).encode("utf-16-be")
    return len(capitals), capitals


def _balance(nodes: list[Node], listed: list[int], depth: int, deepest: int) -> int:
    """Link sorted entries as a balanced tree, the deepest level red, and return its top."""
    if not listed:
        return _NONE
    middle = len(listed) // 2
    top = nodes[listed[middle]]
    top.left = _balance(nodes, listed[:middle], depth + 1, deepest)
    top.right = _balance(nodes, listed[middle + 1 :], depth + 1, deepest)
    top.colour = _RED if depth == deepest and depth > 1 else _BLACK
    return listed[middle]


def directory(nodes: list[Node], sector_size: int, class_id: bytes, stale_name: str) -> bytes:
    """Return all entries, filled up to whole sectors with ones not in use; the first of those bears the stale name."""
    raw = b"".join(_entry(node, class_id if node.kind == _ROOT else bytes(16)) for node in nodes)
    if stale_name:
        encoded = stale_name.encode("utf-16-le")
        raw += _ENTRY.pack(encoded, 0, 0, 0, _NONE, _NONE, _NONE, bytes(16), 0, 0, 0, 0, 0)
    empty = _ENTRY.pack(b"", 0, 0, 0, _NONE, _NONE, _NONE, bytes(16), 0, 0, 0, 0, 0)
    return raw + empty * (-len(raw) % sector_size // len(empty))


def _entry(node: Node, class_id: bytes) -> bytes:
    name = node.name.encode("utf-16-le")
    links = (node.left, node.right, node.child)
    start = node.start if node.kind != _STORAGE else 0
    return _ENTRY.pack(name, len(name) + 2, node.kind, node.colour, *links, class_id, 0, 0, 0, start, node.size)
