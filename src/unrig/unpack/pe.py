"""Programs that carry files: installers of every make, self-extracting archives, bundles.

Layout:   members are `resource/TYPE/NAME` and `overlay` where these are containers or programs themselves, `burn/N` for
          the containers of a WiX bundle, `bundle/PATH` for the files of a .NET single-file program, deflated or not. The program's own
          bytes are read as those of any other.
Refuses:  Inno Setup's data (a problem that says so).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from unrig.formats import pe_bundles, pe_carried
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
    if carrier.unopened:
        action = "unpack it with innoextract in a sandbox and vet the folder"
        yield unsupported("overlay", "data that unrig opens", carrier.unopened, action)


def _open(data: memoryview, carried: Carried, budget: Budget) -> BinaryIO:
    """Return the content of a carried file as a stream."""
    return opened(pe_bundles.content(data, carried), carried.path, budget)


CONTAINER = Container(id="pe", formats=("pe",), members=members, host=True)
