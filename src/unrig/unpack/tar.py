"""Tar: V7, ustar, pax and GNU. A compressed tar is a tar inside what `compressed` opens.

Layout:   POSIX.1-2008 `pax` and GNU tar's manual. Names come from pax and GNU long-name headers where present.
          Links and devices are listed, never followed or made.
Refuses:  the holes of sparse members (their data is delivered as it is stored), multi-volume continuations,
          members after the end blocks (the facts show those bytes).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from unrig.formats import compressed_stream
from unrig.formats.compressed_stream import Chunks
from unrig.formats.tar_structure import TarEntry, TarStructure, read
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, unsupported
from unrig.unpack.streams import opened


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each member; a problem for each that is not delivered as it would be extracted.

    Raises FormatError where the first block is no header.
    """
    structure = read(data, budget.limits.members + 1)
    for entry in structure.entries:
        try:
            take_member(budget, entry.path)
        except LimitError as error:
            yield limited(entry.path, error)
            return
        yield _member(data, entry, budget)
        if entry.sparse:
            observed = f"a sparse member, {entry.size:,} bytes of it stored"
            action = "unpack the archive in a sandbox and vet the folder"
            yield unsupported(entry.path, "a member without holes", observed, action)
    yield from _archive_problems(structure)


def _member(data: memoryview, entry: TarEntry, budget: Budget) -> Member:
    return Member(
        path=entry.path,
        size=entry.size,
        index=entry.index,
        offset=entry.offset,
        kind=entry.kind,
        open=partial(_open, data, entry, budget),
    )


def _open(data: memoryview, entry: TarEntry, budget: Budget) -> BinaryIO:
    """Return the content of a member as a stream; the target where it is a link."""
    if entry.kind == "symlink":
        return opened(compressed_stream.stored(memoryview(entry.link)), entry.path, budget)
    return opened(_stored(data, entry), entry.path, budget)


def _stored(data: memoryview, entry: TarEntry) -> Chunks:
    content = data[entry.data_offset : entry.data_offset + entry.size]
    yield from compressed_stream.stored(content)
    if len(content) < entry.size:
        raise FormatError("content", f"{entry.size} bytes as declared", f"{len(content)} bytes")
    return len(content)


def _archive_problems(structure: TarStructure) -> Iterator[Problem]:
    """Yield what is wrong with the archive as a whole."""
    if structure.damaged:
        where, _, rest = structure.damaged.partition(": ")
        expected, _, observed = rest.partition(", ")
        error = FormatError(where, expected, observed)
        yield damaged("headers", error, "members from there on were not looked at")


CONTAINER = Container(id="tar", formats=("tar",), members=members)
