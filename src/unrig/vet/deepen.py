"""The second reading: facts that cost too much for every file, of those that differ from a good copy.

A release is walked once for all its files. Which of them differ is known only then; those are opened again here, the
container they stand in first, unless the cache knows them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.fact import FactSet
from unrig.model.problem import Problem
from unrig.sandbox.call import Item
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.vet.batches import dealt, fair_batch
from unrig.vet.containers import read_large
from unrig.vet.known_facts import Known, learn_deep, recall_deep
from unrig.vet.leaves import OPEN_AT_ONCE, Leaf, Walked
from unrig.vet.obstacles import bytes_needed, changed_underway, placed
from unrig.vet.reading import READ, Header, ReadRequest, ReadResult, SpillRequest, extractors_for, solid_formats
from unrig.vet.reopening import Reopened, holder, open_again
from unrig.vet.unfolding import unfolded


class Deepened(Struct, frozen=True, kw_only=True):
    """What the second reading of one release gave."""

    facts: dict[str, FactSet]
    """By SHA-256: equal files are read once."""
    problems: tuple[Problem, ...] = ()


def deepen(path: Path | None, walked: Walked, wanted: Iterable[str], *, cache: FactCache, pool: Pool) -> Deepened:
    """Read the files at these paths of a release again, with the extractors for files that are compared.

    Without a path nothing is opened: what the cache does not know is a problem.
    """
    leaves = {leaf.path: leaf for leaf in walked.leaves}
    asked = {leaf.sha256: leaf for name in wanted if (leaf := leaves.get(name)) and extractors_for(leaf.format, "deep")}
    known: dict[str, Known] = {}
    problems: list[Problem] = []
    waiting: dict[tuple[str, tuple[str, ...]], list[Leaf]] = {}
    for leaf in sorted(asked.values(), key=lambda leaf: leaf.path):
        told = recall_deep(cache, leaf.sha256, leaf.format)
        if told is None:
            waiting.setdefault((leaf.container, leaf.joined), []).append(leaf)
        else:
            known[leaf.sha256] = told
    for leaf, learned in _told(path, walked, waiting, cache=cache, pool=pool):
        if isinstance(learned, Problem):
            problems.append(placed(leaf.path, learned))
        else:
            known[leaf.sha256] = learned
    problems += _failures(known, asked)
    return Deepened(facts={sha256: told.values for sha256, told in known.items()}, problems=tuple(problems))


def _told(
    path: Path | None,
    walked: Walked,
    waiting: Mapping[tuple[str, tuple[str, ...]], Sequence[Leaf]],
    *,
    cache: FactCache,
    pool: Pool,
) -> Iterator[tuple[Leaf, Known | Problem]]:
    """Yield each file, by the container it stands in, with what a worker read of it."""
    if path is None:
        yield from ((leaf, _unread(leaf)) for leaves in waiting.values() for leaf in leaves)
        return
    leaves = {leaf.path: leaf for leaf in walked.leaves}
    with contextlib.ExitStack() as stack:
        again = Reopened(path=path, format=walked.format, pool=pool, stack=stack, leaves=leaves)
        for members in waiting.values():
            for leaf, result in _read(again, members):
                yield leaf, result if isinstance(result, Problem) else _learned(cache, leaf, result)


def _unread(leaf: Leaf) -> Problem:
    readers = ", ".join(extractor.id for extractor in extractors_for(leaf.format, "deep"))
    return bytes_needed(leaf.path, f"no facts of {readers} in the versions of this unrig")


def _failures(known: Mapping[str, Known], asked: Mapping[str, Leaf]) -> Iterator[Problem]:
    """Yield what the extractors failed at, as problems of the files they failed with."""
    for sha256, told in known.items():
        for fact in told.facts:
            if fact.problem is not None:
                yield placed(f"{asked[sha256].path}: {fact.problem.where}", fact.problem)


def _learned(cache: FactCache, leaf: Leaf, result: ReadResult) -> Known | Problem:
    if result.sha256 != leaf.sha256:
        return changed_underway(leaf.path)
    return learn_deep(cache, leaf.path, leaf.sha256, result)


class _Asked(Struct, frozen=True, kw_only=True):
    """One file to read, and the open descriptor through which."""

    leaf: Leaf
    request: ReadRequest
    descriptor: int


def _read(again: Reopened, leaves: Sequence[Leaf]) -> Iterator[tuple[Leaf, ReadResult | Problem]]:
    """Yield each file with what a worker read of it; all of them stand in one container, or on disk."""
    if not leaves[0].container:
        for start in range(0, len(leaves), OPEN_AT_ONCE):
            yield from _read_plain(again, leaves[start : start + OPEN_AT_ONCE])
        return
    outer = holder(again, leaves[0])
    descriptor = outer.source.open()
    if isinstance(descriptor, Problem):
        yield from ((leaf, descriptor) for leaf in leaves)
        return
    if outer.member.format in solid_formats():
        yield from _read_solid(again, outer.member.format, descriptor, leaves)
        return
    ordered = dealt(sorted(leaves, key=lambda leaf: (-leaf.size, leaf.index)), fair_batch(len(leaves)))
    yield from _ask(
        again.pool,
        [
            _Asked(
                leaf=leaf,
                request=ReadRequest(format=outer.member.format, index=leaf.index, most=leaf.size, stage="deep"),
                descriptor=descriptor,
            )
            for leaf in ordered
        ],
    )


def _read_solid(
    again: Reopened, file_format: str, descriptor: int, leaves: Sequence[Leaf]
) -> Iterator[tuple[Leaf, ReadResult | Problem]]:
    """Yield members that are packed together with what a worker read of them; they are unpacked in one go."""
    by_index = {leaf.index: leaf for leaf in leaves}
    headers = [Header(path=x.path, size=x.size, index=x.index, offset=0, kind="file") for x in leaves]
    most = {leaf.index: leaf.size for leaf in leaves}
    with contextlib.ExitStack() as stack:
        asked: list[_Asked] = []
        for one in unfolded(again.pool, file_format, descriptor, headers, most=most, stack=stack):
            leaf = by_index[one.header.index]
            if one.at is None:
                yield leaf, one.problems[0]
            else:
                request = msgspec.structs.replace(one.request(), stage="deep")
                asked.append(_Asked(leaf=leaf, request=request, descriptor=one.at.descriptor))
        yield from _ask(again.pool, asked)


def _read_plain(again: Reopened, leaves: Sequence[Leaf]) -> Iterator[tuple[Leaf, ReadResult | Problem]]:
    """Yield files on disk with what a worker read of them."""
    with contextlib.ExitStack() as stack:
        asked: list[_Asked] = []
        for leaf in leaves:
            descriptor = open_again(again, leaf, stack)
            if isinstance(descriptor, Problem):
                yield leaf, descriptor
            else:
                asked.append(_Asked(leaf=leaf, request=ReadRequest(stage="deep"), descriptor=descriptor))
        yield from _ask(again.pool, asked)


def _ask(pool: Pool, asked: Sequence[_Asked]) -> Iterator[tuple[Leaf, ReadResult | Problem]]:
    items = [Item(argument=one.request, descriptors=(one.descriptor,), where=one.leaf.path) for one in asked]
    for number, result in pool.map(READ, items, batch=fair_batch(len(items))):
        leaf, request = asked[number].leaf, asked[number].request
        if isinstance(result, ReadResult) and result.too_large:
            spill = SpillRequest(format=request.format, index=leaf.index, most=leaf.size)
            yield leaf, read_large(pool, spill, asked[number].descriptor, leaf.path, stage="deep")
        else:
            yield leaf, result
