"""The files of a release as a walk gathers them, and what counts them: budget, problems, what no unit opens."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from unrig.formats.sniff_broken import BROKEN
from unrig.model.archive import ListedMember
from unrig.model.budget import Limits
from unrig.model.fact import Fact, FactSet
from unrig.model.paths import inside
from unrig.model.problem import Problem
from unrig.model.progress import Counter
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.vet.containers import ITSELF, Reading
from unrig.vet.known_facts import Known
from unrig.vet.obstacles import broken, not_opened, other_tree, over_limit, placed
from unrig.vet.scanning import Rules

NOT_OPENED = frozenset({"inno"})
"""Containers that are told by structure and that no unit opens: what is inside is unseen, and said so. (An `ar` is
mostly a static library, whose members no reader knows, so it counts as opaque.)"""
TWO_TREES = {
    "iso_udf": "ISO 9660 beside UDF",
    "iso_hfs": "HFS beside ISO 9660",
    "iso_joliet": "ISO 9660 beside Joliet, with other files",
}
"""Discs with two trees of files, of which the first named is not opened."""
LIMITS = Limits()
"""Of the whole release; each container counts its own members against the same numbers in its worker."""
OPEN_AT_ONCE = 100
"""Files of a folder that are open at a time, well under the usual limit of 1,024 descriptors."""


class Leaf(Struct, frozen=True, kw_only=True):
    """One file of the release with what is known of it."""

    path: str
    sha256: str
    size: int
    format: str
    container: str
    facts: tuple[Fact, ...]
    values: FactSet
    """The facts that could be read, decoded, by their type."""
    stored_as: str = ""
    """What its container calls it, where an installer says what it is called on a computer."""
    index: int = -1
    """Which member of its container it is; -1 for a file on disk."""
    joined: tuple[str, ...] = ()
    """Paths of all cabinets it crosses with others; its index is that in the cabinet they are put together to."""


class Walk(Struct, kw_only=True):
    """What a walk has gathered so far; the one value here that grows."""

    cache: FactCache
    pool: Pool
    rules: Rules | None = None
    counter: Counter
    leaves: list[Leaf] = []
    problems: list[Problem] = []
    opened: int = 0
    cached: int = 0
    bytes: int = 0
    spent: bool = False
    """Whether the release's budget of files or bytes is, which is said once."""


class Walked(Struct, frozen=True, kw_only=True):
    """A release, read as far as it could be."""

    name: str
    sha256: str
    size: int
    format: str
    leaves: tuple[Leaf, ...]
    problems: tuple[Problem, ...]
    unopened: tuple[str, ...]
    opened: int
    cached: int
    deterministic: bool
    """False where a worker was lost, which a busy machine may bring about."""


def as_member(leaf: Leaf) -> ListedMember:
    """Return a file of the release as its container lists it."""
    return ListedMember(path=leaf.path, size=leaf.size, sha256=leaf.sha256, format=leaf.format, index=-1)


def child_of(parent: Leaf, member: ListedMember, known: Known) -> Leaf:
    """Return a member of a container as a file of the release."""
    return Leaf(
        path=inside(parent.path, member.path),
        sha256=member.sha256,
        size=member.size,
        format=known.format,
        container=parent.path,
        facts=known.facts,
        values=known.values,
        index=member.index,
    )


def placed_in(container: str, place: str) -> str:
    """Return where a problem of a container is, in the release."""
    if place.startswith(ITSELF):
        rest = place.removeprefix(ITSELF).removeprefix(", ")
        return f"{container}: {rest}" if rest else container
    return inside(container, place) if place else container


def add(state: Walk, leaf: Leaf) -> Leaf:
    """Count a file in, with what its readers failed at."""
    state.leaves.append(leaf)
    state.bytes += leaf.size
    if leaf.format in NOT_OPENED:
        fail(state, not_opened(leaf.path, leaf.format))
    if leaf.format in TWO_TREES:
        fail(state, other_tree(leaf.path, TWO_TREES[leaf.format]))
    if leaf.format.startswith(BROKEN):
        fail(state, broken(leaf.path, leaf.format.removeprefix(BROKEN)))
    for fact in leaf.facts:
        if fact.problem is not None:
            fail(state, placed(f"{leaf.path}: {fact.problem.where}", fact.problem))
    return leaf


def affordable(state: Walk, leaf: Leaf, depth: int) -> bool:
    """Tell whether the budget of the whole release covers one more container, and say so where it does not."""
    if depth > LIMITS.depth:
        fail(state, over_limit(leaf.path, f"{LIMITS.depth} containers within each other"))
        return False
    if len(state.leaves) < LIMITS.members and state.bytes < LIMITS.total_bytes:
        return True
    if not state.spent:
        fail(state, over_limit(leaf.path, f"{LIMITS.members:,} files and {LIMITS.total_bytes:,} bytes in all"))
    state.spent = True
    return False


def reading_of(state: Walk) -> Reading:
    """Return who reads, with what is left of the budget."""
    return Reading(
        cache=state.cache,
        pool=state.pool,
        rules=state.rules,
        counter=state.counter,
        members=LIMITS.members - len(state.leaves),
        bytes=LIMITS.total_bytes - state.bytes,
    )


@contextlib.contextmanager
def open_named(path: Path) -> Iterator[int]:
    """Open the release itself; only here may a symbolic link be followed, since the user named it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "a pipe, socket or device")
        yield descriptor
    finally:
        os.close(descriptor)


def fail(state: Walk, problem: Problem) -> None:
    """Note a problem, which leaves part of the release unseen."""
    state.problems.append(problem)
