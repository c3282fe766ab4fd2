"""Inventories and SBOMs through sealed workers: inventories chunk by chunk, a few files at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import PurePath

from msgspec import Struct

from unrig.model.exposure import InventoryRow
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.telemetry import Source
from unrig.sandbox.call import Call, Item
from unrig.scope.reader import BadRow, InventoryChunk, InventoryReader, InventoryTask
from unrig.scope.upstream import SbomRead, SbomTask
from unrig.scope.workers import Workers
from unrig.store.given_files import Given, Opened, opened

AT_ONCE = 8
"""Files read side by side: as many chunks are in memory at a time."""
SHOWN = 10
"""Bad rows of a file that its problem names."""

SBOM_CALL = Call(function="unrig.scope.upstream:read_sbom", argument=SbomTask, result=SbomRead)


class InventoryRead(Struct, frozen=True, kw_only=True):
    """What became of one inventory."""

    source: Source
    unmatched: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    bytes: int = 0


class SbomsRead(Struct, frozen=True, kw_only=True):
    """All SBOMs that could be read, and what stands for the others."""

    reads: tuple[SbomRead, ...]
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]


class _Progress(Struct, kw_only=True):
    """One inventory while it is read."""

    file: Opened
    reader: InventoryReader
    task: InventoryTask | None
    unmatched: tuple[str, ...] = ()
    rows: int = 0
    rejected: int = 0
    doubtful: int = 0
    bad: list[BadRow] = []
    failed: Problem | None = None


def read_inventories(
    given: Sequence[Given],
    readers: tuple[InventoryReader, ...],
    workers: Workers,
    take: Callable[[InventoryRow], None],
) -> Iterator[InventoryRead | Problem]:
    """Hand every row to `take`, in the order of files and lines within each round, and yield what became of each file."""
    for start in range(0, len(given), AT_ONCE):
        with _opened_all(given[start : start + AT_ONCE]) as files:
            progress = [_begun(file, readers) if isinstance(file, Opened) else file for file in files]
            _read_out([one for one in progress if isinstance(one, _Progress)], workers, take)
            yield from (_finished(one) if isinstance(one, _Progress) else one for one in progress)


def read_sboms(given: Sequence[Given], workers: Workers) -> SbomsRead:
    """Return all SBOMs, in the order given."""
    reads: dict[int, SbomRead] = {}
    sources: list[Source] = []
    problems: list[Problem] = []
    for start in range(0, len(given), AT_ONCE):
        with _opened_all(given[start : start + AT_ONCE]) as files:
            usable = [file for file in files if isinstance(file, Opened)]
            problems.extend(file for file in files if isinstance(file, Problem))
            items = [
                Item(argument=SbomTask(source=file.name), descriptors=(file.descriptor,), where=file.name)
                for file in usable
            ]
            answered = workers.map(SBOM_CALL, items)
            answers = dict(answered)
            for number, file in enumerate(usable):
                answer = answers[number]
                if isinstance(answer, Problem):
                    problems.append(answer)
                    continue
                problems.extend(answer.problems)
                reads[start + number] = answer
                sources.append(_sbom_source(file, answer))
    return SbomsRead(reads=tuple(reads.values()), sources=tuple(sources), problems=tuple(problems))


@contextmanager
def _opened_all(given: Sequence[Given]) -> Iterator[list[Opened | Problem]]:
    with ExitStack() as stack:
        yield [stack.enter_context(opened(one)) for one in given]


def _begun(file: Opened, readers: tuple[InventoryReader, ...]) -> _Progress | Problem:
    suffix = PurePath(file.name).suffix.lower()
    for reader in readers:
        if suffix in reader.suffixes or not suffix:
            return _Progress(file=file, reader=reader, task=InventoryTask(source=file.sha256[:16]))
    return _no_reader(file.name, suffix, readers)


def _read_out(progress: list[_Progress], workers: Workers, take: Callable[[InventoryRow], None]) -> None:
    """Read all files to their ends: one chunk of each in a round, so that memory holds one chunk a file."""
    while active := [one for one in progress if one.task is not None]:
        for reader in {one.reader.id: one.reader for one in active}.values():
            ours = [one for one in active if one.reader is reader]
            call = Call(function=reader.function, argument=InventoryTask, result=InventoryChunk)
            items = [
                Item(argument=one.task, descriptors=(one.file.descriptor,), where=one.file.name)
                for one in ours
                if one.task is not None
            ]
            answered = workers.map(call, items, 1)
            answers = dict(answered)
            for number, one in enumerate(ours):
                _account(one, answers[number], take)


def _account(one: _Progress, answer: InventoryChunk | Problem, take: Callable[[InventoryRow], None]) -> None:
    if isinstance(answer, Problem):
        one.failed, one.task = answer, None
        return
    for row in answer.rows:
        take(row)
    one.unmatched = answer.layout.unmatched
    one.rows += len(answer.rows)
    one.rejected += answer.rejected
    one.doubtful += answer.doubtful
    one.bad = [*one.bad, *answer.bad][:SHOWN]
    # A worker that stands still would keep the parent going round for ever.
    moves = answer.resume is not None and one.task is not None and answer.resume.offset > one.task.offset
    one.task = answer.resume if moves else None


def _finished(one: _Progress) -> InventoryRead:
    source = Source(
        id=one.file.sha256[:16],
        path=one.file.name,
        sha256=one.file.sha256,
        kind=one.reader.id,
        rows=one.rows,
        rejected=one.rejected,
    )
    problems = [one.failed] if one.failed else []
    if one.bad:
        problems.append(_bad_rows(one))
    return InventoryRead(source=source, unmatched=one.unmatched, problems=tuple(problems), bytes=one.file.size)


def _sbom_source(file: Opened, read: SbomRead) -> Source:
    rows = len(read.bom.components) if read.bom else 0
    return Source(
        id=file.sha256[:16],
        path=file.name,
        sha256=file.sha256,
        kind="cyclonedx",
        rows=rows,
        rejected=len(read.problems),
    )


def _bad_rows(one: _Progress) -> Problem:
    named = "; ".join(f"line {bad.line}: {bad.why}" for bad in one.bad)
    more = ", and more" if one.rejected + one.doubtful > len(one.bad) else ""
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=one.file.name,
        expected="rows with as many cells as the header, each for a device",
        observed=f"{one.rejected} rows without use, {one.doubtful} rows with a doubtful cell ({named}{more})",
        effect=f"{one.rejected} rows were not counted; a doubtful cell was left out of its row",
        action="export the inventory again with RFC 4180 quotes in UTF-8, or correct these lines",
    )


def _no_reader(name: str, suffix: str, readers: tuple[InventoryReader, ...]) -> Problem:
    known = ", ".join(sorted({known for reader in readers for known in reader.suffixes}))
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=name,
        expected=f"an inventory of a known kind ({known})",
        observed=f"the suffix {suffix}",
        effect="no device in it was counted",
        action="export the inventory as CSV",
    )
