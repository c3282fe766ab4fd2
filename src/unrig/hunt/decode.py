"""The task that sealed workers run: tell what a source is, read a range of it, and write its rows as Arrow streams.

Descriptors: the source, and an empty file that takes one Arrow IPC stream after another, each of one event class.
The parent believes nothing of it: `ingest` checks every stream against the schema. The fork server imports this
module, so whatever it needs (Arrow, the schemas) is loaded with it: a sealed worker can open nothing.
"""

from __future__ import annotations

import os

import pyarrow as pa

from unrig.data.events import arrow_schema, class_names
from unrig.hunt.kinds import Reader
from unrig.hunt.streams import GZIP_MAGIC, Rejected, Stream, head
from unrig.hunt.tasks import ReadOutcome, ReadTask, Segment
from unrig.hunt.telemetry import READERS

SCHEMAS = {name: arrow_schema(name) for name in class_names()}
FLUSH_BYTES = 64 << 20
"""Rows held before they are written."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NO_END = 1 << 62


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


def read_range(argument: ReadTask, descriptors: tuple[int, ...]) -> ReadOutcome:
    """Read one range of one source; of a source that cannot be cut, the first range is all of it."""
    descriptor, output = descriptors
    start = head(descriptor)
    reader = next((reader for reader in READERS if reader.told_by(start)), None)
    if reader is None:
        return ReadOutcome(observed=_looks_like(start))
    compressed = os.pread(descriptor, len(GZIP_MAGIC), 0) == GZIP_MAGIC
    whole = compressed or not reader.by_lines
    if whole and argument.start:
        return ReadOutcome(reader=reader.id)
    stream = Stream(
        descriptor=descriptor,
        source=argument.source,
        start=argument.start,
        end=_NO_END if whole else argument.end,
        compressed=compressed,
    )
    return _read(reader, stream, _Output(output))


def _read(reader: Reader, stream: Stream, output: _Output) -> ReadOutcome:
    rejected: list[Rejected] = []
    for found in reader.read(stream):
        if isinstance(found, Rejected):
            rejected.append(found)
        else:
            output.add(found.event_class, found.rows)
    output.flush()
    lines = 0 if stream.end == _NO_END else _lines(stream)
    return ReadOutcome(reader=reader.id, segments=tuple(output.segments), rejected=tuple(rejected), lines=lines)


def _lines(stream: Stream) -> int:
    """Count the lines that start in the range: a line starts at 0 and after each line end."""
    count, position = int(stream.start == 0), max(0, stream.start - 1)
    end = stream.end - 1
    while position < end and (chunk := os.pread(stream.descriptor, min(1 << 20, end - position), position)):
        count += chunk.count(b"\n")
        position += len(chunk)
    return count


def _looks_like(start: bytes) -> str:
    if not start:
        return "nothing, or a compressed stream that is damaged"
    return "UTF-16 text" if start.startswith(_UTF16) else f"{start[:24]!r}"
