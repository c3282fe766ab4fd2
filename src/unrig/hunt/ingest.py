"""From named files to event tables: sealed workers read ranges, and what they write is checked before it is believed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from unrig.data.events import arrow_schema, class_names
from unrig.hunt.rejections import problem_of, rejected_records
from unrig.hunt.streams import Reason, Rejected
from unrig.hunt.tasks import RANGE, READ, ReadOutcome, ReadTask, Segment
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.progress import Counter, done, expect
from unrig.model.telemetry import Source
from unrig.sandbox.call import Call, Item
from unrig.sandbox.layers import Layers
from unrig.store.event_tables import EventTables
from unrig.store.given_files import Opened, files, named, opened

if TYPE_CHECKING:
    import pyarrow as pa

A = TypeVar("A")
R = TypeVar("R")

WINDOW = 8
"""Ranges of one source under way at a time, so that their rows do not pile up on disk."""


class Workers(Protocol):
    """Whatever runs a call on items and yields (index, result or problem) in any order: a sandbox Pool is one."""

    @property
    def layers(self) -> Layers:
        """The layers of the sandbox that were in force, and those that were missing."""
        ...

    def map(self, call: Call[A, R], items: Sequence[Item[A]], batch: int = 16) -> Iterator[tuple[int, R | Problem]]:
        """Yield the index and the result of every item, or the problem that stands for it."""
        ...


class Ingested(Struct, frozen=True, kw_only=True):
    """What was read. The sources' times and devices are measured later, from the tables."""

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    bytes: int


class _Read(Struct):
    """One source as it is read."""

    name: str
    counter: Counter
    reader: str = ""
    rows: int = 0
    records: int = 0
    """Lines of the ranges so far."""
    rejected: dict[Reason, Rejected] = {}
    problems: list[Problem] = []


def ingest(given: Iterable[str], tables: EventTables, workers: Workers, counter: Counter | None = None) -> Ingested:
    """Read every file into the tables, each content once; return the sources and what went wrong."""
    counter = counter or Counter()
    sources: list[Source] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    size = 0
    named_files = list(files(given))
    expect(counter, len(named_files))
    for name in named_files:
        if isinstance(name, Problem):
            done(counter, name.where)
            problems.append(name)
            continue
        done(counter, name, files=0)
        with opened(named(name)) as file:
            if isinstance(file, Problem):
                problems.append(file)
            elif file.sha256 not in seen:
                seen.add(file.sha256)
                size += file.size
                read = _ingest_one(file, tables, workers, counter)
                problems += _problems(read)
                if read.reader:
                    sources.append(_source(file, read))
        done(counter, name)
    return Ingested(sources=tuple(sources), problems=tuple(problems), bytes=size)


def _ingest_one(file: Opened, tables: EventTables, workers: Workers, counter: Counter) -> _Read:
    read = _Read(name=file.name, counter=counter)
    starts = range(0, max(1, file.size), RANGE)
    for first in range(0, len(starts), WINDOW):
        tasks = [
            ReadTask(source=file.source, start=start, end=start + RANGE) for start in starts[first : first + WINDOW]
        ]
        _ingest_ranges(file, tasks, read, tables, workers)
        if not read.reader:
            break
    return read


def _ingest_ranges(file: Opened, tasks: list[ReadTask], read: _Read, tables: EventTables, workers: Workers) -> None:
    with _outputs(len(tasks)) as outputs:
        items = [
            Item(argument=task, descriptors=(file.descriptor, output), where=file.name)
            for task, output in zip(tasks, outputs, strict=True)
        ]
        waiting: dict[int, ReadOutcome | Problem] = {}
        taken = 0
        for index, answer in workers.map(READ, items, batch=1):
            waiting[index] = answer
            while taken in waiting:  # record numbers of a range start where those of the last one end
                before, task = read.rows, tasks[taken]
                _take(waiting.pop(taken), outputs[taken], read, tables)
                size = min(task.end, file.size) - task.start
                done(read.counter, file.name, files=0, size=size, events=read.rows - before)
                taken += 1


def _take(outcome: ReadOutcome | Problem, output: int, read: _Read, tables: EventTables) -> None:
    if isinstance(outcome, Problem):
        read.problems.append(outcome)
        return
    read.reader = read.reader or outcome.reader
    if not outcome.reader:
        read.problems.append(_unknown(read.name, outcome.observed))
    for segment in outcome.segments:
        rows = checked_rows(output, segment)
        if rows is None:
            read.problems.append(_untrusted(read.name, segment))
        else:
            tables.append(segment.event_class, rows, read.records)
            read.rows += segment.rows
    for rejected in outcome.rejected:
        first = read.rejected.get(rejected.reason)
        whole = Rejected(
            reason=rejected.reason,
            record=first.record if first else rejected.record + read.records,
            offset=first.offset if first else rejected.offset,
            sample=first.sample if first else rejected.sample,
            count=rejected.count + (first.count if first else 0),
        )
        read.rejected[rejected.reason] = whole
    read.records += outcome.lines


def checked_rows(output: int, segment: Segment) -> pa.Table | None:
    """Return the rows that a worker wrote, or None where they are not what the class's schema says."""
    import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

    if segment.event_class not in class_names() or segment.length < 0 or segment.offset < 0:
        return None
    if segment.offset + segment.length > os.fstat(output).st_size:
        return None
    data = os.pread(output, segment.length, segment.offset)
    try:
        with pa.ipc.open_stream(pa.py_buffer(data)) as stream:
            if not stream.schema.equals(arrow_schema(segment.event_class), check_metadata=True):
                return None
            rows = stream.read_all()
        rows.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None
    return rows if rows.num_rows == segment.rows else None


@contextmanager
def _outputs(count: int) -> Iterator[list[int]]:
    found: list[int] = []
    try:
        for _ in range(count):
            with tempfile.TemporaryFile(prefix="unrig-rows-") as file:
                found.append(os.dup(file.fileno()))
        yield found
    finally:
        for descriptor in found:
            os.close(descriptor)


def _source(file: Opened, read: _Read) -> Source:
    rejected = sum(map(rejected_records, read.rejected.values()))
    return Source(
        id=file.source, path=file.name, sha256=file.sha256, kind=read.reader, rows=read.rows, rejected=rejected
    )


def _problems(read: _Read) -> Iterator[Problem]:
    yield from read.problems
    yield from (problem_of(read.name, read.rejected[reason]) for reason in sorted(read.rejected))


def _unknown(name: str, observed: str) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=name,
        expected="telemetry that a reader knows (docs/reference/readers.md)",
        observed=observed,
        effect="no event in it was looked at",
        action="convert it to JSON lines, or leave it out",
    )


def _untrusted(name: str, segment: Segment) -> Problem:
    return new_problem(
        kind=ProblemKind.DEFECT,
        where=name,
        expected=f"rows in the schema of {segment.event_class}",
        observed="something else from the worker that read it",
        effect="these rows were not looked at",
        action="report it with the file: a worker never writes this by itself",
    )
