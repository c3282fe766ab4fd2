"""Windows event logs in their binary form (EVTX), of any channel, forwarded or not.

Fills:  the classes of `sysmon_jsonl`. A row's record number is the record's own in this file, its offset that of the
        record's first byte.
Drops:  the messages that Windows puts together from templates in DLLs: only the values stand in the log. Records that
        a log has overwritten or cut off behind its end are not dug out. An event that does not decode is rejected,
        and so are those after it in its chunk that share its template.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from evtx import PyEvtxParser

from unrig.data.mappings import fills, other, windows
from unrig.formats.evtx_chunk import (
    CHUNK_MAGIC,
    CHUNK_SIZE,
    FILE_HEADER_SIZE,
    FILE_MAGIC,
    Chunk,
    chunk,
    file_header,
    is_chunk,
)
from unrig.hunt.event_xml import event_of, flat
from unrig.hunt.json_lines import decoded
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.pending import Pending
from unrig.hunt.streams import Reason, Rejected, Stream, chunks, sample
from unrig.hunt.windows import row, told
from unrig.model.errors import FormatError, LimitError
from unrig.model.telemetry import Batch

_FILE_HEADER = file_header()


def told_by(head: bytes) -> bool:
    """Return whether this starts as an event log, or has a chunk where the first one stands."""
    return head.startswith(FILE_MAGIC) or head[FILE_HEADER_SIZE:].startswith(CHUNK_MAGIC)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a log or range, then what was rejected; a chunk is decoded by itself, so damage stays in it."""
    pending = Pending(stream.source)
    skip = FILE_HEADER_SIZE + max(0, -(-(stream.start - FILE_HEADER_SIZE) // CHUNK_SIZE)) * CHUNK_SIZE
    at, data = max(0, stream.start - 1), b""  # where chunks() starts
    if stream.layers or stream.member:
        at = 0
    try:
        for block in chunks(stream):
            data += block
            if at < skip:
                gone = min(skip - at, len(data))
                at, data = at + gone, data[gone:]
            whole = 0
            while len(data) - whole >= CHUNK_SIZE and at + whole < stream.end:
                yield from _take(data[whole : whole + CHUNK_SIZE], at + whole, pending)
                whole += CHUNK_SIZE
            at, data = at + whole, data[whole:]
            if at >= max(skip, stream.end):
                data = b""
                break
    except FormatError as error:
        pending.reject(Rejected(reason=Reason.DAMAGED, record=0, offset=at, sample=error.observed))
    except LimitError as error:
        pending.reject(Rejected(reason=Reason.TOO_LARGE, record=0, offset=at, sample=error.observed))
    if data or (at < skip and not stream.start):
        pending.reject(Rejected(reason=Reason.CUT, record=0, offset=at + len(data)))
        yield from _take(data, at, pending)
    yield from pending.batches()
    yield from pending.rejected()


def _take(data: bytes, at: int, pending: Pending) -> Iterator[Batch]:
    if not is_chunk(data):
        if data.strip(b"\0"):
            pending.reject(Rejected(reason=Reason.CHUNK_DAMAGED, record=0, offset=at, sample=sample(data[:16])))
        return
    found = chunk(data)
    if not found.checksums_hold and len(data) == CHUNK_SIZE:
        pending.reject(Rejected(reason=Reason.CHECKSUM, record=0, offset=at))
    if found.gaps:
        pending.reject(Rejected(reason=Reason.RECORD_DAMAGED, record=0, offset=at, count=found.gaps))
    _decode(found, at, pending)
    if pending.full(sum(record.size for record in found.records)):
        yield from pending.batches()


def _decode(found: Chunk, at: int, pending: Pending) -> None:
    """Add the rows of a chunk, each at its record's place; reject the records that did not decode."""
    places = {record.id: at + record.offset for record in found.records}
    for number, text in _decoded(found):
        place = places.pop(number, None)
        if place is None:
            continue  # what stands in a gap
        reason = _add(text, number, place, pending)
        if reason is not None:
            pending.reject(Rejected(reason=reason, record=number, offset=place, sample=sample(text.encode())))
    lost = len(found.records) - len({record.id for record in found.records}) + len(places)
    if lost:
        number, place = next(iter(places.items()), (0, at))
        pending.reject(Rejected(reason=Reason.RECORD_DAMAGED, record=number, offset=place, count=lost))


def _decoded(found: Chunk) -> Iterator[tuple[int, str]]:
    """Yield the number and JSON of each record that decodes."""
    try:
        # One thread: a sealed worker may start no other.
        parser = PyEvtxParser(io.BytesIO(_FILE_HEADER + found.readable), number_of_threads=1, validate_checksums=False)
        records = iter(parser.records_json())
    except RuntimeError:
        return
    while True:
        try:
            record = next(records, None)
        except RuntimeError:
            continue  # this record; the next one follows
        if record is None:
            return
        yield record["event_record_id"], record["data"]


def _add(text: str, number: int, place: int, pending: Pending) -> Reason | None:
    value = decoded(text)
    event = event_of(value) if isinstance(value, dict) else None
    if event is None:
        return Reason.RECORD_DAMAGED
    fields = flat(event)
    about = told(fields)
    found = row(fields, about.action, number, place)
    if found is None:
        return Reason.NO_TIME
    pending.add(about.fields, found)
    return None


READER = Reader(
    id="evtx",
    title="Windows event logs (EVTX)",
    fills=fills([*windows().values(), other()]),
    cut=Cut.OWN,
    told_by=told_by,
    read=read,
)
