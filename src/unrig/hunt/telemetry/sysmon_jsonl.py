"""Sysmon and other Windows events as JSON lines: one flat object a line, as NXLog or a SIEM export them.

Fills:  the classes that `events.toml` gives Sysmon event ids and `mappings.toml` the events of Windows' own logs;
        events of other providers and ids become class `other`.
Drops:  nothing: fields that no column takes stand in `rest` as JSON, and the case of folded columns in the source.
        A value that does not fit its column's type (a process id of letters) becomes null.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import fills, other, windows
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.hunt.windows import is_event, row, told
from unrig.model.telemetry import Batch


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a flat event."""
    return json_lines.any_line(head, is_event)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def _understood(record: Record) -> Understood:
    return Understood(record, told(record))


_KIND = Kind(understand=_understood, dated=row)

READER = Reader(
    id="sysmon-jsonl",
    title="Sysmon and Windows events as flat JSON lines",
    fills=fills([*windows().values(), other()]),
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
