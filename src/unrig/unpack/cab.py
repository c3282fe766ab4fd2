r"""Cabinets: Microsoft's archive, alone, in an MSI or behind an installer.

Layout:   [MS-CAB]. Folders of files that are packed together, stored, as MSZIP or as LZX; `\` in names becomes `/`.
          Checksums are checked, content is delivered even where they do not hold. A signed cabinet's signature is
          no member.
Refuses:  Quantum; files that begin in the cabinet before or go on in the next one, each a problem that names the
          other cabinet, until both are put together (`unrig.formats.cab_set`) where a release holds both; LZX that begins more than 128 MiB into its folder (what a worker can unpack in its time).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from msgspec import Struct

from unrig.formats.cab import CONTINUED, Cabinet, folder_index, path_of, read
from unrig.formats.cab_content import READABLE, Piece, method_of, pieces
from unrig.formats.cab_parts import TO_NEXT, File, Folder
from unrig.formats.cab_set import COMES_ON, GOES_ON, comes_on
from unrig.formats.compressed_stream import Chunks
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.paths import label
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, unsupported
from unrig.unpack.streams import opened

KEPT = 16 << 20
"""Plain bytes of all folders that a worker keeps; members in their order need none, those that overlap a few."""
FARTHEST_LZX = 128 << 20
"""Bytes: at 7 MB a second a worker's 60 seconds are enough for three times as many."""
LZX = 3
WHOLE = "a file that is whole in this cabinet"
WHOLE_SET = "vet the folder that holds all cabinets of the set"


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each file, or the problem that stands in its way. Raises FormatError where there is no header."""
    cabinet = read(data)
    room = _Room(left=KEPT)
    begun = comes_on(cabinet)
    plains = [_Plain(data, cabinet, folder, room) for folder in cabinet.folders]
    for index, file in enumerate(cabinet.files):
        path = path_of(file)
        try:
            take_member(budget, path)
        except LimitError as error:
            yield limited(path, error)
            return
        obstacle = _obstacle(cabinet, file, path, begun=begun)
        yield obstacle or Member(
            path=path,
            size=file.size,
            index=index,
            offset=file.offset,
            part=file.folder,
            start=file.start,
            open=partial(_open, plains[file.folder], file, budget),
        )
    if cabinet.damaged:
        where, _, rest = cabinet.damaged.partition(": ")
        expected, _, observed = rest.partition(", ")
        yield damaged("directory", FormatError(where, expected, observed), "files from there on were not looked at")


def _obstacle(cabinet: Cabinet, file: File, path: str, *, begun: bool) -> Problem | None:
    """Return why a file cannot be opened, None where it can be."""
    if file.folder in CONTINUED or (file.folder == 0 and begun):
        return _continued(cabinet, file, path)
    if folder_index(file, len(cabinet.folders)) < 0:
        error = FormatError("folder", f"one of {len(cabinet.folders)}", f"number {file.folder}")
        return damaged(path, error, "the content of this member was not looked at")
    folder = cabinet.folders[file.folder]
    if folder.method & 15 not in READABLE:
        action = "unpack the cabinet with its own program in a sandbox and vet the folder"
        return unsupported(path, "stored, MSZIP or LZX", method_of(folder), action)
    if folder.method & 15 == LZX and file.start > FARTHEST_LZX:
        return limited(path, LimitError("content", f"{FARTHEST_LZX:,} bytes of LZX before it", f"{file.start:,}"))
    return None


def _continued(cabinet: Cabinet, file: File, path: str) -> Problem:
    """Return the problem of a file that is not whole in this cabinet."""
    begins = "begins" if file.folder in COMES_ON else "stands in a folder that begins"
    before = "" if file.folder == TO_NEXT else f"{begins} in {_name(cabinet.header.previous)}"
    behind = "" if file.folder not in GOES_ON else f"goes on in {_name(cabinet.header.next)}"
    observed = f"one that {' and '.join(filter(None, (before, behind)))}"
    return unsupported(path, WHOLE, observed, WHOLE_SET)


def _name(other: bytes | None) -> str:
    return "a cabinet that is not named" if other is None else f"cabinet {label(other)}"


class _Room(Struct, kw_only=True):
    """How many more plain bytes may be kept; shared by all folders of a cabinet."""

    left: int


class _Plain:
    """The plain bytes of one folder: unpacked on demand, in order, and kept as far as there is room."""

    def __init__(self, data: memoryview, cabinet: Cabinet, folder: Folder, room: _Room) -> None:
        self._room = room
        self._begin = partial(pieces, data, cabinet.header, folder)
        self._kept: list[Piece] = []
        self._starts: list[int] = []
        self._source: Iterator[Piece] | None = None
        self._next = 0
        """Where the source's next piece begins."""
        self._last = Piece(plain=b"")
        """The piece before that: the next file mostly begins in it."""

    def at(self, position: int) -> Piece:
        """Return the plain bytes from a position to the end of its block. Raises FormatError where there are none."""
        if self._starts and position < self._starts[-1] + len(self._kept[-1].plain):
            index = bisect_right(self._starts, position) - 1
            return _cut(self._kept[index], position - self._starts[index])
        if self._next - len(self._last.plain) <= position < self._next:
            return _cut(self._last, position - self._next + len(self._last.plain))
        if self._source is None or position < self._next:
            self._source, self._next = self._begin(), 0
        for piece in self._source:
            start = self._next
            self._next += len(piece.plain)
            self._last = piece
            self._keep(piece, start)
            if position < self._next:
                return _cut(piece, position - start)
        raise FormatError("folder", f"plain bytes at {position}", f"{self._next} in all")

    def _keep(self, piece: Piece, start: int) -> None:
        reached = self._starts[-1] + len(self._kept[-1].plain) if self._starts else 0
        if start == reached and piece.plain and self._room.left >= len(piece.plain):
            self._room.left -= len(piece.plain)
            self._kept.append(piece)
            self._starts.append(start)


def _cut(piece: Piece, start: int) -> Piece:
    return Piece(plain=piece.plain[start:], damage=piece.damage) if start else piece


def _open(plain: _Plain, file: File, budget: Budget) -> BinaryIO:
    """Return the content of a file as a stream."""
    return opened(_content(plain, file), path_of(file), budget)


def _content(plain: _Plain, file: File) -> Chunks:
    """Yield the content of a file; raise FormatError afterwards where a block of it is damaged."""
    at, end, damage = file.start, file.start + file.size, ""
    while at < end:
        piece = plain.at(at)
        part = piece.plain[: end - at]
        damage = damage or piece.damage
        at += len(part)
        yield part
    if damage:
        where, _, observed = damage.partition(": ")
        raise FormatError(where, "a whole one", observed)
    return at


CONTAINER = Container(id="cab", formats=("cab",), members=members, solid=True)
