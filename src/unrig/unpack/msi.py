"""Compound files: Windows Installer packages, patches and transforms, and any other OLE file.

Layout:   [MS-CFB] versions 3 and 4; stream names of installer databases unpacked (Wine, libmsi). Every stream is a
          member under its own name, `!` and the name where it holds a table; storages are folders. Cabinets inside
          are members that are opened in their turn. Chains that cross are followed, streams that no storage lists
          are delivered under `%unlisted`.
Refuses:  nothing that has a name: a chain that runs in a circle or ends early gives what it has, with a problem.
          Bytes outside all streams are no members (the facts show them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from unrig.formats import msi_streams, ole, ole_chains
from unrig.formats.ole_directory import Entry
from unrig.formats.ole_header import sector_offset
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, room_in, shared
from unrig.unpack.streams import opened

SPINE = frozenset(
    {
        *("DIFAT", "FAT", "directory", "mini FAT", "mini stream"),
        *("header: mini sector shift", "header: mini stream cutoff", "notes"),
    }
)
"""What all streams depend on; other damage is one stream's own, which reading it says, or a matter of facts."""
TREE = re.compile(r"directory entry \d+: expected (?:a tree|children that are|a root|at most|a name)")
"""Damage of the directory by which readers see different streams."""


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each stream, and a problem for each thing that is wrong with the file.

    Raises FormatError where there is neither header nor directory.
    """
    structure = ole.read(data, budget.limits.members + 1)
    paths = msi_streams.paths(structure)
    room = room_in(data)
    for entry in structure.entries:
        if entry.kind != "stream":
            continue
        try:
            take_member(budget, paths[entry.index])
        except LimitError as error:
            yield limited(paths[entry.index], error)
            return
        crowded = shared(room, paths[entry.index], min(entry.size, len(data)))
        yield crowded or Member(
            path=paths[entry.index],
            size=entry.size,
            index=entry.index,
            offset=_offset(structure, entry),
            open=partial(_open, data, structure, entry, paths[entry.index], budget),
        )
    yield from _problems(structure)


def _open(data: memoryview, structure: ole.OleStructure, entry: Entry, path: str, budget: Budget) -> BinaryIO:
    """Return the content of a stream."""
    return opened(ole.content(data, structure, entry), path, budget)


def _offset(structure: ole.OleStructure, entry: Entry) -> int:
    """Return where a stream's first sector stands; 0 for one in the mini stream or without a sector."""
    regular = entry.size >= structure.header.cutoff and entry.start < structure.header.sector_count
    return sector_offset(structure.header, entry.start) if regular else 0


def _problems(structure: ole.OleStructure) -> Iterator[Problem]:
    """Yield what may have kept streams from being seen, and chains that share sectors: that is a bomb's shape."""
    for line in structure.damaged:
        where, _, rest = line.partition(": expected ")
        expected, _, observed = rest.rpartition(", found ")
        if where in SPINE or (structure.complete and TREE.match(line)):
            yield damaged(where, FormatError(where, expected, observed), "streams that this part would have led to")
        elif observed.endswith(ole_chains.CROSSING):
            error = FormatError(where, "sectors of its own", observed)
            yield damaged(where, error, "nothing: its content was delivered within the budget")
    if not structure.complete:
        yield limited("directory", LimitError("directory", f"{len(structure.entries):,} entries", "more"))


CONTAINER = Container(id="msi", formats=("ole",), members=members)
