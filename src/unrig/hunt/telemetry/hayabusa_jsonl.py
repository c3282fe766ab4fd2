"""A Hayabusa timeline as JSON (`hayabusa json-timeline`, with `-L` one object a line): one for each rule that matched.

Fills:  as `hayabusa_csv`.
Drops:  as `hayabusa_csv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from unrig.hunt.hayabusa_records import FILLS, KIND, MARKS
from unrig.hunt.json_lines import collected, decoded
from unrig.hunt.json_objects import first_objects, objects
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.model.telemetry import Batch

_TOLD_OBJECTS = 4


def told_by(head: bytes) -> bool:
    """Return whether one of the first objects is a row of a timeline."""
    return any(is_row(decoded(each)) for each in islice(first_objects(head), _TOLD_OBJECTS))


def is_row(record: object) -> bool:
    """Return whether an object is a row of a timeline."""
    return isinstance(record, dict) and record.keys() >= MARKS


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected."""
    return collected(objects(stream), stream.source, KIND)


READER = Reader(
    id="hayabusa-jsonl",
    title="Hayabusa timelines as JSON",
    fills=FILLS,
    cut=Cut.WHOLE,
    told_by=told_by,
    read=read,
)
