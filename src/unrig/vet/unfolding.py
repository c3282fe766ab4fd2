"""Members that are packed together: unpacked once, one behind the other, into scratch files that workers then share.

A worker that opened one member of a solid archive by itself would unpack all before it too, and so would the next.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from unrig.model.problem import Problem
from unrig.sandbox.call import Item
from unrig.sandbox.pool import Pool
from unrig.vet.obstacles import no_scratch, placed, worker_lied
from unrig.vet.reading import UNFOLD, Header, Plain, ReadRequest, UnfoldRequest

GROUP = 64 << 20
"""Plain bytes that one worker unpacks: whole parts, as many as fit; the others can be unpacked beside it."""


class Place(Struct, frozen=True, kw_only=True):
    """Where plain bytes stand: a descriptor of the parent, and from where on."""

    descriptor: int
    offset: int
    size: int


class Unfolded(Struct, frozen=True, kw_only=True):
    """One member that was unpacked; at no place where it could not be, for the first of the problems."""

    header: Header
    at: Place | None = None
    problems: tuple[Problem, ...] = ()

    def request(self) -> ReadRequest:
        """Return what to ask a worker to read. There is a place."""
        assert self.at is not None
        return ReadRequest(offset=self.at.offset, size=self.at.size)

    def descriptors(self) -> tuple[int, ...]:
        """Return what goes with the request."""
        return (self.at.descriptor,) if self.at else ()


def unfolded(
    pool: Pool,
    file_format: str,
    descriptor: int,
    headers: Sequence[Header],
    *,
    most: Mapping[int, int],
    stack: contextlib.ExitStack,
) -> Iterator[Unfolded]:
    """Yield every member with the place of its plain bytes, which stays until the stack ends."""
    groups: list[list[Header]] = []
    items: list[Item[UnfoldRequest]] = []
    for group in _groups(headers):
        scratch = scratch_file(stack, group[0].path)
        if isinstance(scratch, Problem):
            yield from (Unfolded(header=header, problems=(placed(header.path, scratch),)) for header in group)
            continue
        wanted = tuple((header.index, most[header.index]) for header in group)
        argument = UnfoldRequest(format=file_format, members=wanted)
        items.append(Item(argument=argument, descriptors=(descriptor, scratch), where=group[0].path))
        groups.append(group)
    for number, result in pool.map(UNFOLD, items, batch=1):
        group, scratch = groups[number], items[number].descriptors[1]
        if isinstance(result, Problem):
            yield from (Unfolded(header=header, problems=(placed(header.path, result),)) for header in group)
            continue
        told = {plain.index: plain for plain in result}
        for header in group:
            yield _unfolded(header, told.get(header.index), scratch, most[header.index])


def _unfolded(header: Header, plain: Plain | None, scratch: int, most: int) -> Unfolded:
    """Return what a worker says of one member, as far as an honest one could say it."""
    if plain is None or plain.offset < 0 or not 0 <= plain.size <= most or (plain.failed and not plain.problems):
        return Unfolded(header=header, problems=(worker_lied(header.path, "no place, or one that cannot be"),))
    at = None if plain.failed else Place(descriptor=scratch, offset=plain.offset, size=plain.size)
    return Unfolded(header=header, at=at, problems=plain.problems)


def _groups(headers: Sequence[Header]) -> Iterator[list[Header]]:
    """Yield members in the order they are packed in, whole parts together up to GROUP bytes."""
    group: list[Header] = []
    size = 0
    for header in sorted(headers, key=lambda one: (one.part, one.start, one.index)):
        if group and header.part != group[-1].part and size >= GROUP:
            yield group
            group, size = [], 0
        group.append(header)
        size += header.size
    if group:
        yield group


def scratch_file(stack: contextlib.ExitStack, where: str) -> int | Problem:
    """Return a file without a name, which ends with the stack; a problem where there is no room."""
    try:
        return stack.enter_context(tempfile.TemporaryFile(prefix="unrig-")).fileno()
    except OSError as error:
        return no_scratch(where, error)
