"""Files that cross cabinets: the parts of each folder that goes on in the next cabinet, laid into one cabinet.

[MS-CAB] 2.2 to 2.4: the last folder of a cabinet may go on as the first one of the next, and its last block may be
cut in two; `cbUncomp` is 0 in the first part. What comes out is a cabinet of its own, in which every folder is whole.
Nothing is unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO

from msgspec import Struct

from unrig.formats.cab import Cabinet, folder_index, read
from unrig.formats.cab_blocks import blocks_of, checksum, checksum_holds
from unrig.formats.cab_parts import BOTH, FROM_PREVIOUS, LONGEST_STRING, TO_NEXT, File
from unrig.model.errors import FormatError, LimitError

GOES_ON = frozenset({TO_NEXT, BOTH})
COMES_ON = frozenset({FROM_PREVIOUS, BOTH})
MOST = 65_535  # CFHEADER.cFiles, CFFOLDER.cCFData: 16 bits each
LARGEST = (1 << 32) - 1  # CFHEADER.cbCabinet, CFFOLDER.coffCabStart
NO_BEGIN = "one that begins in a cabinet that is not at hand, or that says nothing of it"
NO_END = "one that goes on in a cabinet that is not at hand, or that says nothing of it"
_HEADER, _FOLDER, _FILE, _BLOCK = (struct.Struct(text) for text in ("<4s5I2B5H", "<I2H", "<2I4H", "<I2H"))


class Lost(Struct, frozen=True, kw_only=True):
    """A file that no folder could be put together for."""

    cabinet: int
    """Place of the cabinet that lists it, among those that were given."""
    file: File
    why: str


class _Chain(Struct, frozen=True, kw_only=True):
    """One folder over several cabinets: place of each cabinet, and the index of its part there."""

    parts: tuple[tuple[int, int], ...]


class Joined(Struct, frozen=True, kw_only=True):
    """What crosses, and what could not be put together."""

    data: tuple[memoryview, ...]
    cabinets: tuple[Cabinet, ...]
    chains: tuple[_Chain, ...]
    files: tuple[tuple[int, int, File], ...]
    """Place of the cabinet that lists it first, its chain, and the file."""
    lost: tuple[Lost, ...]


def comes_on(cabinet: Cabinet) -> bool:
    """Tell whether its first folder began in the cabinet before."""
    return any(file.folder in COMES_ON for file in cabinet.files)


def goes_on(cabinet: Cabinet) -> bool:
    """Tell whether its last folder goes on in the next cabinet."""
    return any(file.folder in GOES_ON for file in cabinet.files)


def join(data: Sequence[memoryview]) -> Joined:
    """Return what crosses between cabinets of one set, given in their order.

    Raises FormatError where one of them has no readable header.
    """
    cabinets = tuple(read(one) for one in data)
    chains = tuple(_chains(cabinets))
    files: list[tuple[int, int, File]] = []
    lost: list[Lost] = []
    held: set[tuple[int, int]] = set()
    for number, chain in enumerate(chains):
        held.update(chain.parts)
        why = _why_not(data, cabinets, chain)
        for place, file in _files(cabinets, chain):
            if why:
                lost.append(Lost(cabinet=place, file=file, why=why))
            else:
                files.append((place, number, file))
    for place, cabinet in enumerate(cabinets):
        lost += _loose(place, cabinet, held)
    return Joined(data=tuple(data), cabinets=cabinets, chains=chains, files=tuple(files), lost=tuple(lost))


def _chains(cabinets: Sequence[Cabinet]) -> Iterator[_Chain]:
    """Yield the folders that cross, from where each begins."""
    links = [
        goes_on(one) and comes_on(other) and bool(one.folders and other.folders) for one, other in pairwise(cabinets)
    ]
    parts: list[tuple[int, int]] = []
    for place, linked in enumerate([*links, False]):
        if not parts and linked:
            parts = [(place, len(cabinets[place].folders) - 1)]
        elif parts:
            parts.append((place, 0))
            if not linked or len(cabinets[place].folders) > 1:
                yield _Chain(parts=tuple(parts))
                parts = [(place, len(cabinets[place].folders) - 1)] if linked else []


def _files(cabinets: Sequence[Cabinet], chain: _Chain) -> Iterator[tuple[int, File]]:
    """Yield the files of a chain that one cabinet alone cannot give, each where it is listed first."""
    seen: set[tuple[bytes, int, int]] = set()
    for number, (place, index) in enumerate(chain.parts):
        cabinet = cabinets[place]
        begun = number > 0 or (index == 0 and comes_on(cabinet))
        wanted = {index, *COMES_ON} if begun else set[int]()
        wanted |= GOES_ON if index == len(cabinet.folders) - 1 else set()
        for file in cabinet.files:
            key = (file.name, file.start, file.size)
            if file.folder in wanted and key not in seen:
                seen.add(key)
                yield place, file


def _loose(place: int, cabinet: Cabinet, held: set[tuple[int, int]]) -> Iterator[Lost]:
    """Yield the files of a cabinet that cross into one that is not there, or that knows nothing of it."""
    folders = len(cabinet.folders)
    first = comes_on(cabinet) and (place, 0) not in held
    for file in cabinet.files:
        begins = file.folder in COMES_ON or (file.folder == 0 and first)
        if folder_index(file, folders) < 0:
            continue  # said of the cabinet itself
        if begins and (place, 0) not in held:
            yield Lost(cabinet=place, file=file, why=NO_BEGIN)
        elif file.folder in GOES_ON and (place, folders - 1) not in held:
            yield Lost(cabinet=place, file=file, why=NO_END)


def _why_not(data: Sequence[memoryview], cabinets: Sequence[Cabinet], chain: _Chain) -> str:
    """Return why a chain cannot be one folder, empty where it can."""
    place, index = chain.parts[0]
    if index == 0 and comes_on(cabinets[place]):
        return NO_BEGIN
    methods = {cabinets[place].folders[index].method for place, index in chain.parts}
    if len(methods) > 1:
        return f"one whose parts are packed differently: {', '.join(f'{method:#06x}' for method in sorted(methods))}"
    try:
        blocks = sum(1 for _ in _blocks(data, cabinets, chain))
    except FormatError as error:
        return f"one whose folder cannot be put together: {error.where}: {error.expected}, {error.observed}"
    return "" if blocks <= MOST else f"one in a folder of {blocks:,} blocks, which no cabinet has"


class _Whole(Struct, frozen=True, kw_only=True):
    """One block with all of its parts."""

    parts: tuple[memoryview, ...]
    plain: int
    sound: bool


def _blocks(data: Sequence[memoryview], cabinets: Sequence[Cabinet], chain: _Chain) -> Iterator[_Whole]:
    """Yield the blocks of a folder, a cut one put together. Raises FormatError where a part is missing."""
    parts: list[memoryview] = []
    sound = True
    for place, index in chain.parts:
        cabinet, content = cabinets[place], data[place]
        folder = cabinet.folders[index]
        for number, block in enumerate(blocks_of(content, cabinet.header, folder)):
            sound = sound and checksum_holds(content, block)
            parts.append(content[block.data_offset : block.end])
            if sum(map(len, parts)) > MOST:
                raise FormatError(f"block {number}", f"at most {MOST:,} packed bytes", "more")
            if block.plain or not block.packed:
                yield _Whole(parts=tuple(parts), plain=block.plain, sound=sound)
                parts, sound = [], True
            elif number != folder.blocks - 1:
                raise FormatError(f"block {number}", "a part of a block only at the end of a cabinet", "more behind it")
    if parts:
        raise FormatError("last block", "its end in the last cabinet", "none")


def write(joined: Joined, target: BinaryIO) -> None:
    """Write the cabinet of all that crosses. Raises LimitError where it would be larger than a cabinet can be.

    Each name begins with the place of the cabinet that lists the file first, and `/`; of one with more than 250 bytes the rest is cut.
    """
    rows = [_row(place, chain, file) for place, chain, file in joined.files]
    if len(rows) > MOST:
        raise LimitError("files that cross cabinets", f"{MOST:,}", f"{len(rows):,}")
    files_at = _HEADER.size + _FOLDER.size * len(joined.chains)
    target.seek(files_at + sum(map(len, rows)))
    readable = {chain for _, chain, _ in joined.files}
    folders: list[bytes] = []
    for number, chain in enumerate(joined.chains):
        begins, count = target.tell(), 0
        for whole in _blocks(joined.data, joined.cabinets, chain) if number in readable else ():
            target.write(_block(whole))
            count += 1
        place, index = chain.parts[0]
        folders.append(_FOLDER.pack(begins, count, joined.cabinets[place].folders[index].method))
    size = target.tell()
    if size > LARGEST:
        raise LimitError("cabinet of all that crosses", f"{LARGEST:,} bytes", f"{size:,}")
    target.seek(0)
    target.write(_HEADER.pack(b"MSCF", 0, size, 0, files_at, 0, 3, 1, len(joined.chains), len(rows), 0, 0, 0))
    target.write(b"".join((*folders, *rows)))


def _row(place: int, chain: int, file: File) -> bytes:
    name = b"%d/%s" % (place, file.name)
    return _FILE.pack(file.size, file.start, chain, 0, 0, file.attributes) + name[:LONGEST_STRING] + b"\0"


def _block(whole: _Whole) -> bytes:
    """Return a block with its header; one with a part whose checksum did not hold gets one that does not hold."""
    packed = b"".join(whole.parts)
    sizes = struct.pack("<2H", len(packed), whole.plain)
    right = checksum(memoryview(packed)) ^ int.from_bytes(sizes, "little")
    return _BLOCK.pack(0 if whole.sound else (right ^ 1 or 2), len(packed), whole.plain) + packed
