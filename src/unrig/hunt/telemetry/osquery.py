"""osquery's results log: one object a line, differential, snapshot or batch.

Fills:  process, network, file, told by the columns of the tables `process_events`, `es_process_events`,
        `socket_events`, `file_events` and their like; rows of all other tables become class `other`, the query's name
        its channel. Rows that were `removed` are kept with that action. Each row of a snapshot is a row.
Drops:  nothing: columns that no column takes stand in `rest` as JSON.
Layout: osquery.readthedocs.io, Logging: event, batch and snapshot format. The device is the decoration `hostname` where
        there is one: `hostIdentifier` may be a UUID.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import OTHER, fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by
from unrig.hunt.streams import Rejected, Stream
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LOGS = logs("osquery")


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a result."""
    return json_lines.any_line(head, is_record)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def is_record(record: object) -> bool:
    """Return whether an object is a result of a query: with its rows, and the time they were taken."""
    if not isinstance(record, dict) or "hostIdentifier" not in record or "unixTime" not in record:
        return False
    return any(name in record for name in ("columns", "snapshot", "diffResults"))


def rows(record: Record) -> list[Record]:
    """Return one record for each row of a result, its columns beside what the result says of itself."""
    about = {name: value for name, value in record.items() if not isinstance(value, dict | list)}
    decorations = record.get("decorations")
    if isinstance(decorations, dict):
        about |= {f"decorations.{name}": value for name, value in decorations.items()}
    return [
        columns | about | {"_change": columns.get("action"), "action": action}
        for action, given in _groups(record)
        for columns in (given if isinstance(given, list) else [given])
        if isinstance(columns, dict)
    ]


def understood(record: Record) -> Understood:
    """Return a row by its columns, and what it is."""
    return Understood(record, _LOGS[_kind(record)])


def _groups(record: Record) -> list[tuple[object, object]]:
    differences = record.get("diffResults")
    if isinstance(differences, dict):
        return list(differences.items())
    rows = record.get("columns", record.get("snapshot"))
    return [(record.get("action"), rows)]


def _kind(record: Record) -> str:
    if "target_path" in record:
        return "file"
    if "remote_address" in record:
        return "network"
    return "process" if "pid" in record and ("cmdline" in record or "cdhash" in record) else OTHER


_KIND = Kind(
    understand=understood,
    expand=rows,
    dated=dated_by(("time", any_time), ("unixTime", any_time), basis=Basis.DEVICE),
)

READER = Reader(
    id="osquery",
    title="osquery results",
    fills=fills(_LOGS.values()),
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
