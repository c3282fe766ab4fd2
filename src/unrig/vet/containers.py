"""What is inside a container: from the cache where a run has read all of it, else from sealed workers.

The parent passes descriptors and never looks at bytes. What a member may give is bounded by what its container
declares; what a container may give, by what is left of the release's budget.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct

from unrig.model.archive import ListedMember
from unrig.model.budget import Limits
from unrig.model.fact import Stage
from unrig.model.paths import inside
from unrig.model.problem import Problem
from unrig.model.progress import Counter, done, expect
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Item
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.vet import outside
from unrig.vet.batches import dealt, fair_batch
from unrig.vet.holding import may_hold
from unrig.vet.known_facts import Known, Listing, learn, recall, recall_listing, remember_listing
from unrig.vet.obstacles import changed_underway, over_limit, placed, worker_lied
from unrig.vet.outside import Archive
from unrig.vet.reading import (
    READ,
    SPILL,
    SURVEY,
    Header,
    ReadRequest,
    ReadResult,
    SpillRequest,
    Survey,
    SurveyRequest,
    program_formats,
    solid_formats,
)
from unrig.vet.scanning import Rules, asking, reader_of
from unrig.vet.unfolding import Place, Unfolded, scratch_file, unfolded

ITSELF = "the container itself"
"""Where a problem is about no member."""
LIES_IN_ALL, LIES_OF_ONE = 1 << 30, 1 << 16
"""Bytes that members may give beyond what is declared: all together, but each at least so many.

200,000 members (the limit) that lie cost 13 GB, about as much as the limit of a release that does not.
"""


class Source(Struct, frozen=True, kw_only=True):
    """A container that can be read. `open` gives a descriptor that stays open, the same each time, or a problem."""

    open: Callable[[], int | Problem]
    unchanged: Callable[[], bool]
    """Whether its bytes are still those that were hashed, as far as the file system tells."""


class Reading(Struct, frozen=True, kw_only=True):
    """Who reads, and what is left of the release's budget."""

    cache: FactCache
    pool: Pool
    counter: Counter
    members: int
    bytes: int
    rules: Rules | None = None


class Found(Struct, frozen=True, kw_only=True):
    """One member that was read. `path` is within the container."""

    member: ListedMember
    known: Known
    at: Place | None = None
    """Where its bytes stand unpacked already, as long as the container is looked into."""


class Inside(Struct, frozen=True, kw_only=True):
    """What is in a container, in its own order. Paths of problems are within it."""

    found: tuple[Found, ...] = ()
    problems: tuple[Problem, ...] = ()
    opened: int = 0
    """Members that a worker opened."""
    cached: int = 0


def look_inside(reading: Reading, container: ListedMember, source: Source, stack: contextlib.ExitStack) -> Inside:
    """Return the members of a container with their facts. `container.path` is its path in the release.

    What `Found.at` speaks of stays open until the stack ends.
    """
    listing = recall_listing(reading.cache, container.sha256)
    if listing is not None:
        kept = listing.members[: _covered(reading, [member.size for member in listing.members])]
        found = tuple(
            Found(member=m, known=k)
            for m in kept
            if (k := recall(reading.cache, m.sha256, reader_of(reading.rules))) is not None
        )
        if len(found) == len(kept) and not _to_be_opened(reading, container, found):
            expect(reading.counter, len(found))
            done(reading.counter, container.path, files=len(found), size=sum(one.member.size for one in found))
            rest = [_cut(reading, member.path) for member in listing.members[len(kept) :][:1]]
            return Inside(found=found, problems=(*listing.problems, *rest), cached=len(found))
    descriptor = source.open()
    if isinstance(descriptor, Problem):
        return Inside(problems=(placed("", descriptor),))
    return _from_workers(reading, container, source, descriptor, stack)


def _to_be_opened(reading: Reading, container: ListedMember, found: Sequence[Found]) -> bool:
    """Tell whether a solid container holds another one that is not in the cache: its content is needed then."""
    if container.format not in solid_formats():
        return False
    inner = (one for one in found if may_hold(one.known.format, one.known.values))
    return any(recall_listing(reading.cache, one.member.sha256) is None for one in inner)


def _from_workers(
    reading: Reading, container: ListedMember, source: Source, descriptor: int, stack: contextlib.ExitStack
) -> Inside:
    """Survey a container, then read every file in it."""
    surveyed = _surveyed(reading, container.format, descriptor)
    if isinstance(surveyed, Problem):
        return Inside(problems=(surveyed,))
    headers = [header for header in surveyed.headers if header.kind == "file"]
    kept = headers[: _covered(reading, [header.size for header in headers])]
    rest = [_cut(reading, header.path) for header in headers[len(kept) :][:1]]
    expect(reading.counter, len(kept))
    if container.format in solid_formats():
        answers = list(_read_solid(reading, container.format, descriptor, kept, stack))
    else:
        answers = list(_read_members(reading, container.format, descriptor, kept))
    failed = (
        [a.outcome] if isinstance(a.outcome, Problem) else a.problems for a in sorted(answers, key=lambda a: a.index)
    )
    problems = (*surveyed.problems, *(problem for some in failed for problem in some))
    good = {a.index: a.outcome for a in answers if isinstance(a.outcome, Found)}
    found = tuple(good[header.index] for header in kept if header.index in good)
    if not source.unchanged():
        return Inside(problems=(changed_underway(ITSELF),), opened=len(answers))
    if not rest:  # else the listing would depend on what else the release holds
        listing = Listing(members=tuple(one.member for one in found), problems=problems)
        remember_listing(reading.cache, container.sha256, listing)
    return Inside(found=found, problems=(*problems, *rest), opened=len(answers))


def _surveyed(reading: Reading, file_format: str, descriptor: int) -> Survey | Problem:
    if file_format in program_formats():
        return outside.survey(reading.pool, Archive(format=file_format, descriptor=descriptor, where=ITSELF))
    request = Item(argument=SurveyRequest(format=file_format), descriptors=(descriptor,), where=ITSELF)
    return ask(reading.pool, SURVEY, request)


def _covered(reading: Reading, sizes: Sequence[int]) -> int:
    """Return how many of the first members the budget covers by their declared sizes."""
    total = 0
    for number, size in enumerate(sizes):
        total += max(size, 0)
        if number >= reading.members or total > reading.bytes:
            return number
    return len(sizes)


def _cut(reading: Reading, first: str) -> Problem:
    """Return the problem of the members from `first` on."""
    return over_limit(first, f"what is left of the budget: {reading.members:,} files, {reading.bytes:,} bytes")


class _Answer(Struct, frozen=True, kw_only=True):
    index: int
    outcome: Found | Problem
    problems: tuple[Problem, ...] = ()
    """What was wrong with content that could be read."""


def _read_members(reading: Reading, file_format: str, descriptor: int, headers: Sequence[Header]) -> Iterator[_Answer]:
    """Read members in workers; those too large for memory are spilled to disk and read from there."""
    share = fair_batch(len(headers))
    ordered = dealt(sorted(headers, key=lambda header: (-header.size, header.index)), share)
    most = [_most(header, len(headers), reading.bytes) for header in ordered]
    items = [
        asking(
            ReadRequest(format=file_format, index=header.index, most=bound),
            (descriptor,),
            header.path,
            reading.rules,
        )
        for header, bound in zip(ordered, most, strict=True)
    ]
    for number, result in reading.pool.map(READ, items, batch=share):
        header = ordered[number]
        done(reading.counter, header.path, size=header.size)
        if isinstance(result, ReadResult) and result.too_large:
            spill = SpillRequest(format=file_format, index=header.index, most=most[number])
            yield _answer(
                reading, header, read_large(reading.pool, spill, descriptor, header.path, rules=reading.rules)
            )
        else:
            yield _answer(reading, header, result)


def _unfolded(
    reading: Reading, file_format: str, descriptor: int, headers: Sequence[Header], stack: contextlib.ExitStack
) -> Iterator[Unfolded]:
    """Unpack members into scratch files, by the pinned program where it is the one that opens this format."""
    if file_format in program_formats():
        archive = Archive(format=file_format, descriptor=descriptor, where=ITSELF)
        return outside.unfolded(reading.pool, archive, headers, left=reading.bytes, stack=stack)
    most = {header.index: _most(header, len(headers), reading.bytes) for header in headers}
    return unfolded(reading.pool, file_format, descriptor, headers, most=most, stack=stack)


def _read_solid(
    reading: Reading, file_format: str, descriptor: int, headers: Sequence[Header], stack: contextlib.ExitStack
) -> Iterator[_Answer]:
    """Unpack members that are packed together in one go, then read them side by side."""
    placed: list[Unfolded] = []
    for one in _unfolded(reading, file_format, descriptor, headers, stack):
        if one.at is None:
            first, *others = one.problems
            done(reading.counter, one.header.path)
            yield _Answer(index=one.header.index, outcome=first, problems=tuple(others))
        else:
            placed.append(one)
    items = [asking(one.request(), one.descriptors(), one.header.path, reading.rules) for one in placed]
    for number, result in reading.pool.map(READ, items, batch=fair_batch(len(items))):
        one = placed[number]
        done(reading.counter, one.header.path, size=one.header.size)
        answer = _answer(reading, one.header, result, one.at)
        yield msgspec.structs.replace(answer, problems=(*one.problems, *answer.problems))


def _answer(reading: Reading, header: Header, result: ReadResult | Problem, at: Place | None = None) -> _Answer:
    if isinstance(result, Problem):
        return _Answer(index=header.index, outcome=result)
    known = learn(reading.cache, header.path, result, rules=reader_of(reading.rules))
    if isinstance(known, Problem):
        return _Answer(index=header.index, outcome=known)
    member = ListedMember(
        path=header.path,
        size=result.size,
        sha256=result.sha256,
        format=result.format,
        index=header.index,
        offset=header.offset,
        kind=header.kind,
    )
    return _Answer(index=header.index, outcome=Found(member=member, known=known, at=at), problems=result.problems)


def _most(header: Header, members: int, left: int) -> int:
    """Return how many bytes a member may give; compressed files do not declare any, and have one member."""
    if members == 1 and not header.size:
        return min(left, Limits().member_bytes)
    return header.size + max(LIES_OF_ONE, LIES_IN_ALL // members)


def read_large(
    pool: Pool,
    spill: SpillRequest,
    descriptor: int,
    where: str,
    *,
    stage: Stage = "base",
    rules: Rules | None = None,
) -> ReadResult | Problem:
    """Read a member that is too large for memory: spill it to disk, and read it from there."""
    with contextlib.ExitStack() as stack:
        scratch = scratch_file(stack, where)
        if isinstance(scratch, Problem):
            return scratch
        spilled = ask(pool, SPILL, Item(argument=spill, descriptors=(descriptor, scratch), where=where))
        if isinstance(spilled, Problem):
            return spilled
        again = asking(ReadRequest(sha256=spilled.sha256, stage=stage), (scratch,), where, rules)
        result = ask(pool, READ, again)
        if isinstance(result, Problem):
            return result
        return msgspec.structs.replace(result, problems=(*spilled.problems, *result.problems))


@contextlib.contextmanager
def spilled_source(pool: Pool, container: ListedMember, source: Source, found: Found) -> Iterator[Source]:
    """Give a member as a source of its own: spilled to disk, once and only if it is opened, and unlinked at once."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def opened() -> int | Problem:
            outer = source.open()
            return outer if isinstance(outer, Problem) else _spilled(pool, stack, container, outer, found)

        yield Source(open=opened, unchanged=source.unchanged)


def _spilled(
    pool: Pool, stack: contextlib.ExitStack, container: ListedMember, descriptor: int, found: Found
) -> int | Problem:
    member = found.member
    where = inside(container.path, member.path)
    scratch = scratch_file(stack, where)
    if isinstance(scratch, Problem):
        return scratch
    request = SpillRequest(format=container.format, index=member.index, most=member.size)
    if found.at is not None:
        descriptor, request = (
            found.at.descriptor,
            SpillRequest(format="", index=-1, most=member.size, offset=found.at.offset),
        )
    result = ask(pool, SPILL, Item(argument=request, descriptors=(descriptor, scratch), where=where))
    if isinstance(result, Problem):
        return result
    return scratch if result.sha256 == member.sha256 else worker_lied(where, "other bytes than those it had read")
