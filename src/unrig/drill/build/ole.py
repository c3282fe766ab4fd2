"""Compound files, well-formed or not ([MS-CFB]): every table that may lie can be asked to."""

from __future__ import annotations

import struct
import uuid

from msgspec import Struct

from unrig.drill.build.ole_directory import Node, OleStream, directory, nodes_of
from unrig.drill.build.payload import Kind, payload
from unrig.drill.build.seeds import derive

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MINI, _CUTOFF, _IN_HEADER = 64, 4096, 109
_DIFAT, _FAT, _END, _FREE = 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF

__all__ = ["OleLayout", "OleStream", "build_ole"]


class OleLayout(Struct, frozen=True, kw_only=True):
    """What stands around the streams; sizes of inert payload. The defaults tell the truth and hide nothing."""

    version: int = 3
    """3 has sectors of 512 bytes, 4 of 4,096."""
    class_id: str = "00000000-0000-0000-0000-000000000000"
    """Of the root storage."""
    kind: Kind = Kind.RANDOM
    """What all payloads look like."""
    trailing: int = 0
    """After the last sector."""
    free: int = 0
    """In sectors that the FAT calls free, before the directory."""
    lost: int = 0
    """In sectors that the FAT calls taken and that no chain has."""
    mini_lost: int = 0
    """The same in the mini stream."""
    header_padding: int = 0
    """In the rest of version 4's first sector."""
    stale_name: str = ""
    """Name that a directory entry not in use still bears."""
    fat_beyond: int = 0
    """How many FAT sectors the header claims beyond those that there are."""
    directory_cycle: bool = False
    """The directory's last sector leads to its first."""
    tree_cycle: bool = False
    """The last entry's right neighbour is the first stream of the root's tree."""
    fat_outside: bool = False
    """The first FAT sector is said to stand far behind the file's end."""


class _Places(Struct, frozen=True, kw_only=True):
    """Where the header says that things are."""

    directory: int
    directory_sectors: int
    mini_fat: int
    mini_fat_sectors: int


class _Sectors:
    """The sectors so far and their FAT."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data: list[bytes] = []
        self.fat: list[int] = []

    def chain(self, content: bytes, mark: int | None = None) -> int:
        """Append content as one chain, or as sectors that all bear one mark; return where it begins."""
        count = -(-len(content) // self.size)
        start = len(self.data)
        for index in range(count):
            self.data.append(content[index * self.size : (index + 1) * self.size].ljust(self.size, b"\0"))
            following = start + index + 1 if index + 1 < count else _END
            self.fat.append(following if mark is None else mark)
        return start if count else _END


def build_ole(streams: tuple[OleStream, ...], layout: OleLayout | None = None, seed: int = 0) -> bytes:
    """Return the compound file; the same streams, layout and seed give the same bytes."""
    layout = layout or OleLayout()
    sectors, minis = _Sectors(512 if layout.version == 3 else 4096), _Sectors(_MINI)
    nodes = nodes_of(streams)
    for number, node in enumerate(node for node in nodes if node.stream is not None):
        _place(node, sectors, minis, layout, derive(seed, f"stream/{number}"))
    _cross(nodes, streams)
    minis.chain(_filled(seed, "mini", layout.mini_lost, _MINI, layout.kind))
    for label, size, mark in (("free", layout.free, _FREE), ("lost", layout.lost, None)):
        sectors.chain(_filled(seed, label, size, sectors.size, layout.kind), mark)
    mini_content = b"".join(minis.data)
    nodes[0].start, nodes[0].size = sectors.chain(mini_content), len(mini_content)
    mini_fat = sectors.chain(_pad(struct.pack(f"<{len(minis.fat)}I", *minis.fat), sectors.size))
    if layout.tree_cycle:
        nodes[-1].right = nodes[0].child
    root = directory(nodes, sectors.size, uuid.UUID(layout.class_id).bytes_le, layout.stale_name)
    start = sectors.chain(root)
    if layout.directory_cycle:
        sectors.fat[start + len(root) // sectors.size - 1] = start
    places = _Places(
        directory=start,
        directory_sectors=len(root) // sectors.size if layout.version == 4 else 0,
        mini_fat=mini_fat,
        mini_fat_sectors=-(-4 * len(minis.fat) // sectors.size),
    )
    return _assemble(sectors, layout, places, seed)


def _place(node: Node, sectors: _Sectors, minis: _Sectors, layout: OleLayout, seed: int) -> None:
    """Write one stream's content with what rides behind it, and note where it begins."""
    stream = node.stream
    if stream is None:
        return
    node.size = len(stream.content) if stream.stated_size is None else stream.stated_size
    space = minis if node.size < _CUTOFF else sectors
    room = -len(stream.content) % space.size
    body = stream.content + payload(seed, min(room, stream.slack), layout.kind).ljust(room, b"\0")
    excess = _filled(seed, "excess", stream.excess, space.size, layout.kind)
    node.start = space.chain(body + excess)
    if stream.cycle and node.start != _END:
        space.fat[node.start + (len(body) + len(excess)) // space.size - 1] = node.start
    if stream.cut and node.start != _END:
        space.fat[node.start + (len(body) // space.size) // 2] = 0x00FFFFFF


def _cross(nodes: list[Node], streams: tuple[OleStream, ...]) -> None:
    """Let streams begin where an earlier one does."""
    by_stream = {id(node.stream): node for node in nodes if node.stream is not None}
    for stream in streams:
        if stream.same_as is not None:
            first, node = by_stream[id(streams[stream.same_as])], by_stream[id(stream)]
            node.start, node.size = first.start, first.size if stream.stated_size is None else stream.stated_size


def _assemble(sectors: _Sectors, layout: OleLayout, places: _Places, seed: int) -> bytes:
    """Return header, sectors and FAT, the FAT and the DIFAT in the last sectors."""
    each = sectors.size // 4
    fats = difats = 0
    while fats * each < len(sectors.data) + fats + difats:
        fats += 1
        difats = -(-max(0, fats - _IN_HEADER) // (each - 1))
    first = len(sectors.data)
    table = [*sectors.fat, *[_FAT] * fats, *[_DIFAT] * difats]
    raw = struct.pack(f"<{fats * each}I", *table, *[_FREE] * (fats * each - len(table)))
    listed = list(range(first, first + fats))
    if layout.fat_outside:
        listed[0] = 0x00FFFFFF
    blocks = [
        listed[at : at + each - 1] + [_FREE] * (each - 1 - len(listed[at : at + each - 1]))
        for at in range(_IN_HEADER, len(listed), each - 1)
    ]
    chain = [*range(first + fats + 1, first + fats + difats), _END]
    difat = b"".join(struct.pack(f"<{each}I", *block, after) for block, after in zip(blocks, chain, strict=False))
    head = _MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, layout.version, 0xFFFE, sectors.size.bit_length() - 1, 6)
    head += struct.pack("<II", places.directory_sectors, fats + layout.fat_beyond)
    head += struct.pack("<III", places.directory, 0, _CUTOFF)
    head += struct.pack("<II", places.mini_fat, places.mini_fat_sectors)
    head += struct.pack("<II", first + fats if difats else _END, difats)
    head += struct.pack(f"<{_IN_HEADER}I", *(listed + [_FREE] * _IN_HEADER)[:_IN_HEADER])
    head += payload(derive(seed, "header"), min(layout.header_padding, sectors.size - len(head)), layout.kind)
    trailing = payload(derive(seed, "trailing"), layout.trailing, layout.kind)
    return head.ljust(sectors.size, b"\0") + b"".join(sectors.data) + raw + difat + trailing


def _filled(seed: int, label: str, size: int, unit: int, kind: Kind) -> bytes:
    """Return an inert payload that fills whole units."""
    return payload(derive(seed, label), -(-size // unit) * unit, kind)


def _pad(raw: bytes, unit: int) -> bytes:
    return raw + b"\xff" * (-len(raw) % unit)
