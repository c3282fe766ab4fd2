"""From named files to event tables: sealed workers read ranges, and what they write is checked before it is believed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from unrig.data.events import arrow_schema, class_names
from unrig.hunt.kept import Kept, KeptPart
from unrig.hunt.kinds import Cut
from unrig.hunt.rejections import problem_of, rejected_records
from unrig.hunt.streams import NO_END, Reason, Rejected
from unrig.hunt.tasks import LOOK, RANGE, READ, Looked, LookTask, Part, ReadOutcome, ReadTask, Segment, range_of
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.progress import Counter, done, expect
from unrig.model.telemetry import Source
from unrig.sandbox.call import Call, Item
from unrig.sandbox.layers import Layers
from unrig.store.event_tables import EventTables
from unrig.store.given_files import SOURCE_DIGITS, Opened, files, named, opened

if TYPE_CHECKING:
    import pyarrow as pa

A = TypeVar("A")
R = TypeVar("R")

WINDOW = 8
"""Ranges under way at a time, so that their rows do not pile up on disk."""
FILES = 64
"""Files held open at a time."""


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

    file: Opened
    part: Part
    id: str
    records: int = 0
    """Lines of the ranges so far."""
    rows: int = 0
    rejected: dict[Reason, Rejected] = {}
    problems: list[Problem] = []

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.file.name}!/{self.part.name}" if self.part.name else self.file.name


def ingest(
    given: Iterable[str],
    tables: EventTables,
    workers: Workers,
    counter: Counter | None = None,
    *,
    kept: Kept | None = None,
) -> Ingested:
    """Read every file into the tables, each content once; return the sources and what went wrong.

    What `kept` has of a file is taken from there, and what is read is put there.
    """
    counter = counter or Counter()
    sources: list[Source] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    size = 0
    every = list(files(given))
    expect(counter, len(every))
    for names in (every[first : first + FILES] for first in range(0, len(every), FILES)):
        with ExitStack() as stack:
            new: list[Opened] = []
            for name in names:
                file = name if isinstance(name, Problem) else stack.enter_context(opened(named(name)))
                if isinstance(file, Problem):
                    problems.append(file)
                    done(counter, file.where)
                elif file.sha256 in seen:
                    done(counter, file.name)
                else:
                    seen.add(file.sha256)
                    size += file.size
                    new.append(file)
            for read in _ingest_files(new, tables, workers, counter, kept):
                problems += _problems(read)
                if read.part.reader:
                    sources.append(_source(read))
            for file in new:
                done(counter, file.name)
    return Ingested(sources=tuple(sources), problems=tuple(problems), bytes=size)


def _ingest_files(
    new: list[Opened], tables: EventTables, workers: Workers, counter: Counter, kept: Kept | None
) -> Iterator[_Read]:
    """Yield what was read of some files, in their order: first those that were kept."""
    unread: list[Opened] = []
    again: dict[str, list[Path]] = {}
    for file in new:
        taken = kept.taken(file.sha256) if kept else None
        if taken is None:
            unread.append(file)
            continue
        for event_class, path in taken.tables.items():
            again.setdefault(event_class, []).append(path)
        yield from (_again(file, part) for part in taken.parts)
    for event_class, paths in again.items():
        tables.append_files(event_class, paths)
    reads = _looked(unread, workers)
    for file in new:
        done(counter, file.name, files=0, size=file.size)
    with ExitStack() as stack:
        writers = {file.sha256: stack.enter_context(kept.writing(file.sha256)) for file in unread} if kept else {}
        tasks = [(read, task) for read in reads for task in _tasks(read)]
        for first in range(0, len(tasks), WINDOW):
            for read, event_class, rows in _rows(tasks[first : first + WINDOW], workers):
                tables.append(event_class, rows)
                done(counter, read.name, files=0, events=rows.num_rows)
                if kept:
                    writers[read.file.sha256].add(event_class, rows)
        for read in reads:
            _check_size(read)
        for sha256, writer in writers.items():
            own = [read for read in reads if read.file.sha256 == sha256]
            if own and not any(read.problems for read in own):
                writer.finish([_kept_part(read) for read in own])
    yield from reads


def _looked(unread: list[Opened], workers: Workers) -> list[_Read]:
    items = [
        Item(argument=LookTask(limit=file.size), descriptors=(file.descriptor,), where=file.name) for file in unread
    ]
    answers = workers.map(LOOK, items, batch=4)
    found: dict[int, Looked | Problem] = {index: answer for index, answer in answers}  # noqa: C416
    reads: list[_Read] = []
    for index, file in enumerate(unread):
        answer = found[index]
        if isinstance(answer, Problem):
            reads.append(_Read(file=file, part=Part(), id=file.source, problems=[answer]))
        else:
            reads += [_Read(file=file, part=part, id=_id_of(file, part)) for part in answer.parts]
    for read in reads:
        if not read.part.reader and not read.problems:
            read.problems.append(_unknown(read.name, read.part.observed))
    return reads


def _id_of(file: Opened, part: Part) -> str:
    """Return a source's id: its content's; of a member, of the archive's content and the member's name."""
    if not part.name:
        return file.source
    text = f"{file.sha256}!/{part.name}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:SOURCE_DIGITS]


def _tasks(read: _Read) -> Iterator[ReadTask]:
    if not read.part.reader:
        return
    size = read.file.size
    step = RANGE if read.part.cut is Cut.HEADED else range_of(size)  # headers are looked for in larger sources only
    starts = (0,) if read.part.cut is Cut.WHOLE else range(0, max(1, size), step)
    for start in starts:
        end = NO_END if read.part.cut is Cut.WHOLE else start + step
        yield ReadTask(source=read.id, part=read.part, start=start, end=end, limit=size)


def _rows(tasks: list[tuple[_Read, ReadTask]], workers: Workers) -> Iterator[tuple[_Read, str, pa.Table]]:
    """Yield the checked rows of some ranges, in order: record numbers of a range start where those of the last end."""
    with _outputs(len(tasks)) as outputs:
        items = [
            Item(argument=task, descriptors=(read.file.descriptor, output), where=read.name)
            for (read, task), output in zip(tasks, outputs, strict=True)
        ]
        waiting: dict[int, ReadOutcome | Problem] = {}
        taken = 0
        for index, answer in workers.map(READ, items, batch=1):
            waiting[index] = answer
            while taken in waiting:
                read = tasks[taken][0]
                for event_class, rows in _take(waiting.pop(taken), outputs[taken], read):
                    yield read, event_class, rows
                taken += 1


def _take(outcome: ReadOutcome | Problem, output: int, read: _Read) -> Iterator[tuple[str, pa.Table]]:
    if isinstance(outcome, Problem):
        read.problems.append(outcome)
        return
    for segment in outcome.segments:
        rows = checked_rows(output, segment)
        if rows is None:
            read.problems.append(_untrusted(read.name, segment))
        else:
            read.rows += segment.rows
            yield segment.event_class, numbered(rows, read.records)
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


def numbered(rows: pa.Table, before: int) -> pa.Table:
    """Return rows with the number of records that came before them added to their own."""
    import pyarrow.compute as pc  # noqa: PLC0415  (only a hunt reads telemetry)

    if not before:
        return rows
    place = rows.schema.get_field_index("record")
    return rows.set_column(place, rows.schema.field(place), pc.add(rows["record"], before))


def _check_size(read: _Read) -> None:
    """Say of a file that has grown, or shrunk, while it was read."""
    now = os.fstat(read.file.descriptor).st_size
    if now != read.file.size and not read.part.name:
        read.problems.append(_changed(read.name, read.file.size, now))


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


def _source(read: _Read) -> Source:
    return Source(
        id=read.id,
        path=read.name,
        sha256=read.file.sha256,
        kind=read.part.reader,
        rows=read.rows,
        rejected=sum(map(rejected_records, read.rejected.values())),
    )


def _problems(read: _Read) -> Iterator[Problem]:
    yield from read.problems
    yield from (problem_of(read.name, read.rejected[reason]) for reason in sorted(read.rejected))


def _kept_part(read: _Read) -> KeptPart:
    return KeptPart(part=read.part, id=read.id, rows=read.rows, rejected=tuple(read.rejected.values()))


def _again(file: Opened, kept: KeptPart) -> _Read:
    rejected = {each.reason: each for each in kept.rejected}
    return _Read(file=file, part=kept.part, id=kept.id, rows=kept.rows, rejected=rejected)


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


def _changed(name: str, size: int, now: int) -> Problem:
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=f"{name}: byte {min(size, now)}",
        expected=f"a file of {size} bytes, as it was when the hunt began",
        observed=f"{now} bytes after reading",
        effect="what was written since was not looked at" if now > size else "some of it may not have been read",
        action="hunt again over a copy, or once the file is closed",
    )
