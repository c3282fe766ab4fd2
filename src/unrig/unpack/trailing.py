"""Programs for Linux and scripts with an archive behind them: AppImages, self-extracting installers.

Layout:   AppImageSpec, type 2 (a SquashFS behind an ELF); any container or program behind the last section of an ELF, or
          behind a line of a script, is the member `overlay`; the lines before it are the member `script`. The program's own
          bytes are read as those of any other. A .NET single-file program has `bundle/PATH` for each of its files.
Refuses:  archives that a script or program makes from text it holds, or that begin at no line.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from unrig.formats import pe_bundles
from unrig.formats.compressed_stream import stored
from unrig.formats.elf import read_end
from unrig.formats.pe_carried import CARRIED, SMALLEST
from unrig.formats.sniff import sniff
from unrig.formats.sniff_scripts import archive_start
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, room_in, shared
from unrig.unpack.streams import opened

NAME, SCRIPT = "overlay", "script"


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield the archive, if there is one. Raises FormatError where the data are neither an ELF nor a script."""
    is_script = bytes(data[:2]) == b"#!"
    bundle = pe_bundles.Bundle() if is_script else pe_bundles.dotnet(data)
    if bundle.files or bundle.damaged:
        yield from _bundled(data, bundle, budget)
        return
    start = archive_start(data) if is_script else read_end(data).end
    if start < 0 or len(data) - start < SMALLEST or sniff(data[start:]) not in CARRIED:
        return
    found = {NAME: Stretch(offset=start, length=len(data) - start, what=NAME)}
    if is_script:
        found[SCRIPT] = Stretch(offset=0, length=start, what=SCRIPT)
    for index, (path, place) in enumerate(found.items()):
        try:
            take_member(budget, path)
        except LimitError as error:
            yield limited(path, error)
            return
        content = data[place.offset : place.end]
        open_it = partial(_open, content, path, budget)
        yield Member(path=path, size=place.length, index=index, offset=place.offset, open=open_it)


def _bundled(data: memoryview, bundle: pe_bundles.Bundle, budget: Budget) -> Iterator[Member | Problem]:
    """Yield the files of a .NET single-file program, and what was wrong with its manifest."""
    room = room_in(data)
    for index, carried in enumerate(bundle.files):
        try:
            take_member(budget, carried.path)
        except LimitError as error:
            yield limited(carried.path, error)
            return
        crowded = shared(room, carried.path, carried.packed or carried.size)
        open_it = partial(_open_bundled, data, carried, budget)
        yield crowded or Member(path=carried.path, size=carried.size, index=index, offset=carried.offset, open=open_it)
    if bundle.damaged:
        where, _, rest = bundle.damaged.partition(": ")
        expected, _, observed = rest.partition(", ")
        yield damaged("bundle", FormatError(where, expected, observed), "files of the bundle that it would have named")


def _open_bundled(data: memoryview, carried: pe_bundles.Carried, budget: Budget) -> BinaryIO:
    """Return the content of a bundled file as a stream."""
    return opened(pe_bundles.content(data, carried), carried.path, budget)


def _open(content: memoryview, path: str, budget: Budget) -> BinaryIO:
    """Return a part as a stream."""
    return opened(stored(content), path, budget)


CONTAINER = Container(id="trailing", formats=("elf", "script_archive"), members=members, host=True)
