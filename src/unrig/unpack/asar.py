"""Asar: the archive in which Electron's programs keep their code.

Layout:   github.com/electron/asar, README. A directory in JSON, then the files one behind the other, unpacked.
          Links are listed, never followed. What the directory calls `unpacked` stands beside the archive, in the
          folder of the same name with `.unpacked`, where the walk over the release finds it.
Refuses:  directories of more than 32 MiB; files that the directory puts outside the archive, each a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from unrig.formats.asar import Entry, read
from unrig.formats.asar_directory import Node
from unrig.formats.compressed_stream import stored
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, room_in, shared
from unrig.unpack.streams import opened


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each file, folder and link in the archive, or the problem that stands in its way.

    Raises FormatError where there is no directory that can be read, LimitError where it is too long.
    """
    structure = read(data, budget.limits.members + 1)
    places = iter(structure.entries)
    room = room_in(data)
    for index, node in enumerate(structure.nodes):
        try:
            take_member(budget, node.path)
        except LimitError as error:
            yield limited(node.path, error)
            return
        if node.unpacked and node.kind == "file":
            continue
        entry = next(places) if node.kind == "file" else None
        crowded = shared(room, node.path, node.size) if entry is not None and entry.offset >= 0 else None
        yield crowded or _member(data, index, node, entry, budget)


def _member(data: memoryview, index: int, node: Node, entry: Entry | None, budget: Budget) -> Member | Problem:
    """Return one member, or why it cannot be opened."""
    if entry is not None and entry.offset < 0:
        error = FormatError("place", "bytes inside the archive", f"{node.size} at {node.offset}")
        return damaged(node.path, error, "the content of this member was not looked at")
    return Member(
        path=node.path,
        size=node.size,
        index=index,
        offset=entry.offset if entry else 0,
        kind=node.kind,
        open=partial(_open, data, node, entry, budget),
    )


def _open(data: memoryview, node: Node, entry: Entry | None, budget: Budget) -> BinaryIO:
    """Return the content of a member as a stream; the target where it is a link."""
    content = data[entry.offset : entry.offset + node.size] if entry else memoryview(node.link)
    return opened(stored(content), node.path, budget)


CONTAINER = Container(id="asar", formats=("asar",), members=members)
