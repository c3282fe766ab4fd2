"""Microsoft Defender advanced hunting as JSON lines: what the streaming API sends to storage, or rows of an API's answer.

Fills:  as `defender_csv`.
Drops:  nothing: fields that no column takes stand in `rest` as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.defender_records import FILLS, KIND, are_columns
from unrig.hunt.json_lines import Kind
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.model.telemetry import Batch


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a row of a Device table, in an envelope or not."""
    return json_lines.any_line(head, is_record)


def is_record(record: object) -> bool:
    """Return whether an object is a row, or the API's envelope of one."""
    return isinstance(record, dict) and any(are_columns(each) for each in rows(record))


def rows(record: Record) -> list[Record]:
    """Return the rows that stand in an object: one with its envelope taken off, or those of a batch."""
    given = record.get("records")
    each = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else [record]
    found: list[Record] = []
    for one in each:
        inner = one.get("properties")
        found.append(inner if isinstance(inner, dict) else one)
    return found


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


_KIND = Kind(understand=KIND.understand, dated=KIND.dated, expand=rows)

READER = Reader(
    id="defender-jsonl",
    title="Defender advanced hunting as JSON lines",
    fills=FILLS,
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
