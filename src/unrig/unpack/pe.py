"""Programs that carry files: installers of every make, self-extracting archives, bundles.

Layout:   members are `resource/TYPE/NAME` and `overlay` where these are containers or programs themselves, `burn/N` for
          the containers of a WiX bundle, `bundle/PATH` for the files of a .NET single-file program, deflated or not. The program's own
          bytes are read as those of any other.
          Of Inno Setup's installers the header is opened, as `inno/header` (all texts: names, commands, addresses) and
          `inno/places`.
Refuses:  the files of Inno Setup's installers (a problem that says so, with the version).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from unrig.formats import inno, pe_bundles, pe_carried
from unrig.formats.inno import Block, Inno
from unrig.formats.pe_bundles import Carried
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, room_in, shared, unsupported
from unrig.unpack.streams import opened


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each file that a program carries. Raises FormatError where its headers cannot be read."""
    carrier = pe_carried.read(data)
    room = room_in(data)
    for index, carried in enumerate(carrier.files):
        try:
            take_member(budget, carried.path)
        except LimitError as error:
            yield limited(carried.path, error)
            return
        crowded = shared(room, carried.path, carried.packed or carried.size)
        yield crowded or Member(
            path=carried.path,
            size=carried.size,
            index=index,
            offset=carried.offset,
            open=partial(_open, data, carried, budget),
        )
    if carrier.damaged:
        where, _, rest = carrier.damaged.partition(": ")
        expected, _, observed = rest.partition(", ")
        yield damaged("bundle", FormatError(where, expected, observed), "files of the bundle that it would have named")
    if carrier.inno is not None:
        yield from _inno(data, carrier.inno, len(carrier.files), budget)


def _inno(data: memoryview, told: Inno, index: int, budget: Budget) -> Iterator[Member | Problem]:
    """Yield the two parts of Inno Setup's header, and that the files themselves are not opened."""
    for number, block in enumerate(told.blocks, index):
        path = f"inno/{block.name}"
        try:
            take_member(budget, path)
        except LimitError as error:
            yield limited(path, error)
            return
        open_it = partial(_open_inno, data, block, path, budget)
        yield Member(path=path, size=block.size, index=number, offset=block.offset, open=open_it)
    where, _, rest = told.damaged.partition(": ")
    if where:
        expected, _, observed = rest.partition(", ")
        yield damaged("inno", FormatError(where, expected, observed), "what the installer says of itself from there on")
    size = f"{told.data:,} bytes" if told.data else "in files beside it"
    observed = f"Inno Setup's {told.version or '(of an unknown version)'}, {size}"
    action = "unpack it with innoextract in a sandbox and vet the folder"
    yield unsupported("overlay", "data that unrig opens", observed, action)


def _open_inno(data: memoryview, block: Block, path: str, budget: Budget) -> BinaryIO:
    """Return a part of the header as a stream."""
    return opened(inno.content(data, block), path, budget)


def _open(data: memoryview, carried: Carried, budget: Budget) -> BinaryIO:
    """Return the content of a carried file as a stream."""
    return opened(pe_bundles.content(data, carried), carried.path, budget)


CONTAINER = Container(id="pe", formats=("pe",), members=members, host=True)
