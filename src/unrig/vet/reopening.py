"""A release whose files are opened again: from disk, or out of the container they stand in, each container once."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.archive import ListedMember
from unrig.model.problem import Problem
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Item
from unrig.sandbox.pool import Pool
from unrig.unpack.folder import FoundFile, list_folder
from unrig.vet.containers import Found, Source, spilled_source
from unrig.vet.crossing import JOIN, JoinRequest
from unrig.vet.known_facts import Known
from unrig.vet.leaves import Leaf, as_member, open_named
from unrig.vet.obstacles import unreadable
from unrig.vet.unfolding import scratch_file


class Reopened(Struct, kw_only=True):
    """A release and what of it is open again; lives as long as its stack."""

    path: Path
    format: str
    pool: Pool
    stack: contextlib.ExitStack
    leaves: dict[str, Leaf]
    sources: dict[str, Source] = {}
    joined: dict[tuple[str, ...], Source] = {}
    lost: dict[tuple[str, ...], tuple[Problem, ...]] = {}
    """What of each set of cabinets could not be put together, once it was tried."""
    found: dict[str, FoundFile] = {}
    """The files of a folder, once they are asked for."""


class Holder(Struct, frozen=True, kw_only=True):
    """What a file stands in."""

    member: ListedMember
    source: Source


def holder(again: Reopened, leaf: Leaf) -> Holder:
    """Return the container that a file stands in; for one that crosses cabinets, what they are put together to."""
    if leaf.joined:
        cabinets = [again.leaves[path] for path in leaf.joined]
        return Holder(member=joined_member(cabinets), source=joined_source(again, cabinets))
    outer = again.leaves[leaf.container]
    return Holder(member=as_member(outer), source=source_of(again, outer))


def source_of(again: Reopened, leaf: Leaf) -> Source:
    """Return a container that stands on disk, or in another one, so that it can be read."""
    if leaf.path not in again.sources:
        if leaf.container:
            outer = holder(again, leaf)
            inner = spilled_source(again.pool, outer.member, outer.source, _found(leaf))
            again.sources[leaf.path] = again.stack.enter_context(inner)
        else:
            again.sources[leaf.path] = _on_disk(again, leaf)
    return again.sources[leaf.path]


def joined_member(cabinets: Sequence[Leaf]) -> ListedMember:
    """Return the cabinet that others are put together to as a container; its SHA-256 is over theirs."""
    sha256 = hashlib.sha256("\n".join(("cabinets of one set", *(one.sha256 for one in cabinets))).encode()).hexdigest()
    size = sum(one.size for one in cabinets)
    return ListedMember(path=cabinets[0].path, size=size, sha256=sha256, format="cab", index=-1)


def joined_source(again: Reopened, cabinets: Sequence[Leaf]) -> Source:
    """Return the cabinet of what crosses between some, put together once and only if it is opened."""
    key = tuple(one.path for one in cabinets)
    if key not in again.joined:
        opened: list[int | Problem] = []

        def once() -> int | Problem:
            if not opened:
                opened.append(_joined(again, cabinets))
            return opened[0]

        again.joined[key] = Source(open=once, unchanged=lambda: True)
    return again.joined[key]


def _joined(again: Reopened, cabinets: Sequence[Leaf]) -> int | Problem:
    """Return a file that holds the cabinet of what crosses, and note what does not fit together."""
    scratch = scratch_file(again.stack, cabinets[0].path)
    if isinstance(scratch, Problem):
        return scratch
    parts: list[int] = []
    for cabinet in cabinets:
        part = source_of(again, cabinet).open()
        if isinstance(part, Problem):
            return part
        parts.append(part)
    item = Item(argument=JoinRequest(), descriptors=(scratch, *parts), where=cabinets[0].path)
    answer = ask(again.pool, JOIN, item)
    if isinstance(answer, Problem):
        return answer
    again.lost[tuple(one.path for one in cabinets)] = answer
    return scratch


def _found(leaf: Leaf) -> Found:
    member = msgspec.structs.replace(as_member(leaf), index=leaf.index)
    return Found(member=member, known=Known(format=leaf.format))


def _on_disk(again: Reopened, leaf: Leaf) -> Source:
    """Return a container on disk, so that it can be read; the hash of what comes out of it is checked afterwards."""
    descriptor = open_again(again, leaf, again.stack)
    return Source(open=lambda: descriptor, unchanged=lambda: True)


def open_again(again: Reopened, leaf: Leaf, stack: contextlib.ExitStack) -> int | Problem:
    """Open the release itself, or a file of it where it is a folder."""
    try:
        if again.format != "folder":
            return stack.enter_context(open_named(again.path))
        if not again.found:
            again.found = {e.path: e for e in list_folder(again.path) if not isinstance(e, Problem)}
        return stack.enter_context(again.found[leaf.stored_as or leaf.path].open())
    except KeyError:
        return unreadable(leaf.path, FileNotFoundError(0, "it is gone"))
    except OSError as error:
        return unreadable(leaf.path, error)
