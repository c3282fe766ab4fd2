"""A Hayabusa timeline as CSV (`hayabusa csv-timeline`): one row for each rule that an event matched.

Fills:  the classes of `sysmon_jsonl`, with as many columns as the output profile keeps (`all-field-info` keeps all).
Drops:  nothing: the rule and its level stand in `rest` as JSON. Events that no rule matched are not in a timeline, and
        one that several rules matched stands there as often.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.hunt import csv_rows
from unrig.hunt.hayabusa_records import FILLS, KIND, MARKS
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.model.telemetry import Batch


def told_by(head: bytes) -> bool:
    """Return whether the first line names a timeline's columns."""
    return MARKS.issubset(csv_rows.header(head))


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected."""
    return csv_rows.read(stream, KIND)


READER = Reader(
    id="hayabusa-csv", title="Hayabusa timelines as CSV", fills=FILLS, cut=Cut.WHOLE, told_by=told_by, read=read
)
