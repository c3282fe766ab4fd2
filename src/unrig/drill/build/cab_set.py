"""Cabinets of one set ([MS-CAB] 2.2 to 2.4): one folder cut at given places, files and blocks across the cuts."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from msgspec import Struct

from unrig.drill.build.cab import CabFolder, checksum_of, file_record, packed_blocks

_HEADER = struct.Struct("<4s5I2B5H")
_FOLDER = struct.Struct("<I2H")
_BLOCK = struct.Struct("<I2H")
FROM_PREVIOUS, TO_NEXT, BOTH = 0xFFFD, 0xFFFE, 0xFFFF


class CabSetSpec(Struct, frozen=True, kw_only=True):
    """How the set tells itself. The defaults tell the truth."""

    names: tuple[str, ...]
    """One for each cabinet; by these the headers name each other."""
    cuts: tuple[int, ...]
    """Packed bytes of the folder before each further cabinet; within a block it is cut in two."""
    set_id: int = 7
    stated_numbers: tuple[int, ...] = ()
    stated_next: tuple[str, ...] = ()
    """Names of the next cabinets instead of the true ones."""
    broken_part: bool = False
    """The checksum of the first part of a cut block does not hold."""


class _Part(Struct, frozen=True, kw_only=True):
    block: int
    data: bytes
    plain: int
    """0 for a part that goes on in the next cabinet."""


def build_cab_set(folder: CabFolder, spec: CabSetSpec) -> dict[str, bytes]:
    """Return the cabinets by their names; the same folder and spec give the same bytes."""
    parts = _parts(packed_blocks(folder), spec.cuts)
    made: dict[str, bytes] = {}
    for number, name in enumerate(spec.names):
        made[name] = _cabinet(folder, spec, parts, number)
    return made


def _parts(blocks: Sequence[tuple[bytes, int]], cuts: Sequence[int]) -> list[list[_Part]]:
    """Return the parts of blocks in each cabinet."""
    cabinets: list[list[_Part]] = [[]]
    ends = [*cuts, sum(len(packed) for packed, _ in blocks) + 1]
    at = 0
    for number, (packed, plain) in enumerate(blocks):
        rest = packed
        while at + len(rest) > ends[len(cabinets) - 1]:
            room = ends[len(cabinets) - 1] - at
            if room:
                cabinets[-1].append(_Part(block=number, data=rest[:room], plain=0))
            rest, at = rest[room:], at + room
            cabinets.append([])
        cabinets[-1].append(_Part(block=number, data=rest, plain=plain))
        at += len(rest)
    return cabinets


def _cabinet(folder: CabFolder, spec: CabSetSpec, parts: list[list[_Part]], number: int) -> bytes:
    """Return one cabinet of the set."""
    last = len(spec.names) - 1
    previous = spec.names[number - 1] if number else ""
    follows = (spec.stated_next or (*spec.names[1:], ""))[number] if number < last or spec.stated_next else ""
    optional = b"".join(other.encode() + b"\0disk\0" for other in (previous, follows) if other)
    records = b"".join(_records(folder, parts, number))
    files_at = _HEADER.size + len(optional) + _FOLDER.size
    body = b"".join(_block(part, spec) for part in parts[number])
    method = folder.method | (folder.window_bits << 8 if folder.method == 3 else 0)
    row = _FOLDER.pack(files_at + len(records), len(parts[number]), method)
    flags = (1 if previous else 0) | (2 if follows else 0)
    stated = spec.stated_numbers[number] if spec.stated_numbers else number
    size = files_at + len(records) + len(body)
    count = len(list(_records(folder, parts, number)))
    head = _HEADER.pack(b"MSCF", 0, size, 0, files_at, 0, 3, 1, 1, count, flags, spec.set_id, stated)
    return head + optional + row + records + body


def _records(folder: CabFolder, parts: list[list[_Part]], number: int) -> list[bytes]:
    """Return the records of files of which some plain bytes stand in a cabinet."""
    here = {part.block for part in parts[number]}
    before = {part.block for held in parts[:number] for part in held}
    behind = {part.block for held in parts[number + 1 :] for part in held}
    made: list[bytes] = []
    start = 0
    for file in folder.files:
        blocks = set(range(start // 32_768, (start + max(len(file.content), 1) - 1) // 32_768 + 1))
        if blocks & here:
            crosses = (bool(blocks & before), bool(blocks & behind))
            place = {(True, True): BOTH, (True, False): FROM_PREVIOUS, (False, True): TO_NEXT}.get(crosses, 0)
            made.append(file_record(file, place, start))
        start += len(file.content)
    return made


def _block(part: _Part, spec: CabSetSpec) -> bytes:
    sizes = struct.pack("<2H", len(part.data), part.plain)
    right = checksum_of(part.data) ^ int.from_bytes(sizes, "little")
    broken = spec.broken_part and not part.plain
    return _BLOCK.pack(right ^ broken, len(part.data), part.plain) + part.data
