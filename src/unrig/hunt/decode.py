"""The task that sealed workers run: tell what a source is, read a range of it, and write its rows as Arrow streams.

Descriptors: the source, and an empty file that takes one Arrow IPC stream after another, each of one event class.
The parent believes nothing of it: `ingest` checks every stream against the schema. The fork server imports this
module, so whatever it needs (Arrow, the schemas) is loaded with it: a sealed worker can open nothing.
"""

from __future__ import annotations

import gc
import os

import pyarrow as pa
import pyarrow.compute as pc

from unrig.data.events import arrow_schema, class_names
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.layers import ZIP_MAGICS, head, members
from unrig.hunt.streams import NO_END, Rejected, Stream, plain
from unrig.hunt.tasks import MARKS, RANGE, Looked, LookTask, Part, ReadOutcome, ReadTask, Segment
from unrig.hunt.telemetry import READERS

_FIRST = pc.ascii_lower(pa.array(["first"]))
"""Arrow's allocator sets 1 GiB of addresses aside for its first array. Before a worker is sealed that is what is there;
afterwards it would be all that the worker may have."""
SCHEMAS = {name: arrow_schema(name) for name in class_names()}
FLUSH_BYTES = 64 << 20
"""Rows held before they are written."""
_MARK = b"\n#"
_BY_ID = {reader.id: reader for reader in READERS}


class _Output:
    """The file of segments, and the batches that wait for theirs."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._end = 0
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._bytes = 0
        self.segments: list[Segment] = []

    def add(self, event_class: str, batch: pa.RecordBatch) -> None:
        self._waiting.setdefault(event_class, []).append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        for event_class in sorted(self._waiting):
            self._write(event_class, self._waiting[event_class])
        self._waiting, self._bytes = {}, 0

    def _write(self, event_class: str, batches: list[pa.RecordBatch]) -> None:
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(use_threads=False)
        with pa.ipc.new_stream(sink, SCHEMAS[event_class], options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
        data = memoryview(sink.getvalue())
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], self._end + written)
        rows = sum(batch.num_rows for batch in batches)
        self.segments.append(Segment(event_class=event_class, offset=self._end, length=len(data), rows=rows))
        self._end += len(data)


def look(argument: LookTask, descriptors: tuple[int, ...]) -> Looked:
    """Return what a file is, or each file in it where it is an archive. Raises FormatError, LimitError."""
    [descriptor] = descriptors
    start, layers = head(descriptor)
    if not start.startswith(ZIP_MAGICS) or layers:
        return Looked(parts=(_part(descriptor, "", start, Part(layers=layers), argument.limit),))
    parts = []
    for name, member in members(descriptor):
        if isinstance(member, str):
            parts.append(Part(name=name, observed=member))
        else:
            inner, layers = head(descriptor, member)
            parts.append(_part(descriptor, name, inner, Part(layers=layers, member=member), argument.limit))
    return Looked(parts=tuple(parts))


def read_range(argument: ReadTask, descriptors: tuple[int, ...]) -> ReadOutcome:
    """Read one range of one source; of a source that cannot be cut, the range is all of it."""
    descriptor, output = descriptors
    part = argument.part
    stream = Stream(
        descriptor=descriptor,
        source=argument.source,
        start=argument.start,
        end=argument.end,
        layers=part.layers,
        member=part.member,
        limit=argument.limit,
        marks=part.marks,
    )
    gc.disable()  # millions of dictionaries and no circles: looking for some takes a quarter of the time
    try:
        return _read(_BY_ID[part.reader], stream, _Output(output))
    finally:
        gc.enable()


def _part(descriptor: int, name: str, start: bytes, around: Part, limit: int) -> Part:
    reader = next((reader for reader in READERS if reader.told_by(start)), None)
    if reader is None:
        return Part(name=name, observed=_looks_like(start), layers=around.layers, member=around.member)
    cut = reader.cut
    marks: tuple[int, ...] = ()
    if around.layers or around.member is not None:
        cut = Cut.WHOLE
    elif cut is Cut.HEADED:
        found = _marks(descriptor, limit)
        cut, marks = (Cut.WHOLE, ()) if found is None else (cut, found)
    return Part(name=name, reader=reader.id, layers=around.layers, member=around.member, cut=cut, marks=marks)


def _marks(descriptor: int, limit: int) -> tuple[int, ...] | None:
    """Return where the lines with a number sign start; nothing of a source of one range, None where there are too many."""
    if limit <= RANGE:
        return ()
    found, at, last = [0], 0, b""
    for chunk in plain(descriptor, 0, limit):
        data = last + chunk
        place = data.find(_MARK)
        while place >= 0:
            found.append(at - len(last) + place + 1)
            place = data.find(_MARK, place + 1)
        if len(found) > MARKS:
            return None
        at, last = at + len(chunk), chunk[-1:]
    return tuple(found)


def _read(reader: Reader, stream: Stream, output: _Output) -> ReadOutcome:
    rejected: list[Rejected] = []
    for found in reader.read(stream):
        if isinstance(found, Rejected):
            rejected.append(found)
        else:
            output.add(found.event_class, found.rows)
    output.flush()
    lines = _lines(stream) if reader.cut in (Cut.LINES, Cut.HEADED) and stream.end != NO_END else 0
    return ReadOutcome(segments=tuple(output.segments), rejected=tuple(rejected), lines=lines)


def _lines(stream: Stream) -> int:
    """Count the lines that start in the range: a line starts at 0 and after each line end."""
    found = plain(stream.descriptor, max(0, stream.start - 1), min(stream.end - 1, stream.limit))
    return int(stream.start == 0) + sum(chunk.count(b"\n") for chunk in found)


def _looks_like(start: bytes) -> str:
    if start.startswith(ZIP_MAGICS):
        return "an archive within an archive"
    return f"{start[:24]!r}" if start else "nothing, or a compressed stream that is damaged"
