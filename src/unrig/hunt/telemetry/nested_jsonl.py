"""Windows and endpoint events as JSON lines that keep their nesting: evtx_dump, Winlogbeat, the Elastic agent.

Fills:  the classes of `sysmon_jsonl`; where a pipeline has moved an event's fields into Elastic's schema, from there;
        events of the Elastic agent without a Windows event id by their category and type.
Drops:  nothing: fields that no column takes stand in `rest` as JSON, nested names with dots; of an XML element its
        text stays, where one has both text and attributes that are not listed in `event_xml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.hunt import json_lines
from unrig.hunt.json_events import FILLS, KIND, is_nested
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.model.telemetry import Batch


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a nested event."""
    return json_lines.any_line(head, is_nested)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, KIND)


READER = Reader(
    id="nested-jsonl",
    title="Windows and Elastic events as nested JSON lines",
    fills=FILLS,
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
