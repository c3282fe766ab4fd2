"""Files that begin in one cabinet and go on in the next: read where a release holds the cabinets of the set.

Which cabinets follow each other is told by the names, set and numbers in their headers ([MS-CAB] 2.1), as the program
of Windows that unpacks them goes by: it asks for the next cabinet by name, and refuses one of another set or number.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.archive import ArchiveFacts, CabinetLinks
from unrig.model.paths import file_name, inside
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.unpack.cab import WHOLE
from unrig.vet.containers import Inside, Source, look_inside, spilled_source
from unrig.vet.holding import may_hold
from unrig.vet.known_facts import Listing, recall_listing, remember_listing
from unrig.vet.leaves import Leaf, Walk, add, affordable, child_of, fail, placed_in, reading_of
from unrig.vet.obstacles import over_limit, placed
from unrig.vet.reopening import Reopened, joined_member, joined_source

MOST_CABINETS = 200
"""Of one set: so many descriptors go to a worker at a time."""

Expand = Callable[[Walk, Leaf, Source, int], None]


class Sets(Struct, frozen=True, kw_only=True):
    """Cabinets that follow each other, in their order, and those that only claim to."""

    runs: tuple[tuple[Leaf, ...], ...]
    problems: tuple[Problem, ...]


def join(state: Walk, path: Path, file_format: str, expand: Expand) -> None:
    """Add the files that cross cabinets to a walk; what it said of them before goes."""
    found = sets(state.leaves)
    for problem in found.problems:
        fail(state, problem)
    if not found.runs:
        return
    leaves = {leaf.path: leaf for leaf in state.leaves}
    with contextlib.ExitStack() as stack:
        again = Reopened(path=path, format=file_format, pool=state.pool, stack=stack, leaves=leaves)
        for run in found.runs:
            if affordable(state, run[0], run[0].path.count("!/") + 1):
                _join(state, again, run, expand)


def sets(leaves: Iterable[Leaf]) -> Sets:
    """Return the cabinets of a release that hold parts of files which begin or end in another one."""
    links = {leaf.path: told for leaf in leaves if (told := _links(leaf))}
    if not links:
        return Sets(runs=(), problems=())
    by_path = {leaf.path: leaf for leaf in leaves if leaf.path in links}
    by_name = {path.casefold(): path for path in sorted(links, reverse=True)}
    behind: dict[str, str] = {}
    problems: list[Problem] = []
    for path, told in sorted(links.items()):
        wanted = path.removesuffix(file_name(path)) + told.next.removeprefix("#")
        other = wanted if wanted in links else by_name.get(wanted.casefold())
        if not told.goes_on or other is None:
            continue
        fits = (links[other].set_id, links[other].number) == (told.set_id, told.number + 1)
        if fits and other not in behind.values():
            behind[path] = other
        else:
            problems.append(_not_next(path, other, told, links[other]))
    runs = tuple(tuple(by_path[one] for one in run) for run in _runs(behind))
    problems += [
        over_limit(run[0].path, f"{MOST_CABINETS} cabinets of one set") for run in runs if len(run) > MOST_CABINETS
    ]
    return Sets(runs=tuple(run for run in runs if len(run) <= MOST_CABINETS), problems=tuple(problems))


def _links(leaf: Leaf) -> CabinetLinks | None:
    facts = leaf.values.get(ArchiveFacts)
    told = facts.cabinet if isinstance(facts, ArchiveFacts) else None
    return told if told and (told.goes_on or told.comes_on) else None


def _runs(behind: dict[str, str]) -> list[list[str]]:
    """Return the cabinets in a row; numbers that grow by one make no circle."""
    runs: list[list[str]] = []
    for path in sorted(behind.keys() - set(behind.values())):
        run = [path]
        while run[-1] in behind:
            run.append(behind[run[-1]])
        runs.append(run)
    return runs


def _not_next(path: str, other: str, told: CabinetLinks, found: CabinetLinks) -> Problem:
    fits = (found.set_id, found.number) == (told.set_id, told.number + 1)
    another = "one that another cabinet already goes on in"
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=path,
        expected=f"cabinet {told.number + 1} of set {told.set_id} in {file_name(other)}, as its header says",
        observed=another if fits else f"cabinet {found.number} of set {found.set_id}",
        effect="files that go on there were not looked at",
        action="fetch all cabinets of the set again; if they are the same, ask their publisher",
    )


def _join(state: Walk, again: Reopened, run: Sequence[Leaf], expand: Expand) -> None:
    """Add the files that cross between cabinets in a row."""
    container, source = joined_member(run), joined_source(again, run)
    with contextlib.ExitStack() as stack:
        seen = _with_lost(state, again, run, look_inside(reading_of(state), container, source, stack))
        if not seen.found and not seen.problems:
            return
        state.opened += seen.opened
        state.cached += seen.cached
        if not any(_of_all(problem) for problem in seen.problems):
            heads = tuple(f"{cabinet.path}!/" for cabinet in run)
            state.problems = [p for p in state.problems if p.expected != WHOLE or not p.where.startswith(heads)]
        for problem in seen.problems:
            fail(state, placed(_place(run, problem), problem))
        for found in seen.found:
            place, _, name = found.member.path.partition("/")
            member = msgspec.structs.replace(found.member, path=name)
            crossing = tuple(cabinet.path for cabinet in run)
            child = add(state, msgspec.structs.replace(child_of(run[int(place)], member, found.known), joined=crossing))
            again.leaves[child.path] = child
            if may_hold(child.format, child.values):
                with spilled_source(state.pool, container, source, found) as inner:
                    expand(state, child, inner, child.path.count("!/") + 1)


def _with_lost(state: Walk, again: Reopened, run: Sequence[Leaf], seen: Inside) -> Inside:
    """Return what was seen with what could not be put together, and keep that with the listing."""
    lost = again.lost.get(tuple(cabinet.path for cabinet in run), ())
    if not lost:
        return seen
    listing = recall_listing(state.cache, joined_member(run).sha256)
    if listing is not None:
        kept = Listing(members=listing.members, problems=(*listing.problems, *lost))
        remember_listing(state.cache, joined_member(run).sha256, kept)
    return msgspec.structs.replace(seen, problems=(*seen.problems, *lost))


def _of_all(problem: Problem) -> bool:
    """Tell whether a problem is about the whole set, of which nothing was read then."""
    return not problem.where.partition("/")[0].isdecimal()


def _place(run: Sequence[Leaf], problem: Problem) -> str:
    """Return where a problem is, in the release."""
    if _of_all(problem):
        return placed_in(run[0].path, problem.where)
    place, _, name = problem.where.partition("/")
    return inside(run[int(place)].path, name) if int(place) < len(run) else run[0].path
