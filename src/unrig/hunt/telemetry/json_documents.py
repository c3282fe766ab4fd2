"""Events in JSON that are not one a line: arrays, objects over several lines, `Record 1` in between (evtx_dump).

Fills:  the classes of `nested_jsonl` and `sysmon_jsonl`; flat and nested events may stand in one file.
Drops:  nothing of an event. An object of more than 1 MiB, such as the envelope of a search's answer around all of its
        hits, is rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from unrig.hunt.json_events import FILLS, KIND, is_any
from unrig.hunt.json_lines import any_line, collected, decoded
from unrig.hunt.json_objects import first_objects, objects
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.model.telemetry import Batch

_TOLD_OBJECTS = 16


def told_by(head: bytes) -> bool:
    """Return whether one of the first objects is an event, while no line holds one alone."""
    if any_line(head, is_any):
        return False
    return any(is_any(decoded(each)) for each in islice(first_objects(head), _TOLD_OBJECTS))


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected."""
    return collected(objects(stream), stream.source, KIND)


READER = Reader(
    id="json-documents",
    title="Events as JSON arrays or documents",
    fills=FILLS,
    cut=Cut.WHOLE,
    told_by=told_by,
    read=read,
)
