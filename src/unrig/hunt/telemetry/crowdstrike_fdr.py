r"""CrowdStrike Falcon Data Replicator: one object a line, named by `event_simpleName`; usually many files, compressed.

Fills:  process, module_load, driver, network, dns, file, registry, script, service, authentication; all other events
        become class `other`, their name its channel. A process's GUID is the sensor's own number of it, which the
        other events of that process carry.
Drops:  nothing: fields that no column takes stand in `rest` as JSON. Sensor events name a device by `aid` alone; which
        computer that is stands in FDR's `aidmaster`, not here. Paths keep the kernel's form (`\Device\Harddisk..`).
Layout: CrowdStrike's events data dictionary; all values are text, `ContextTimeStamp` and `ProcessStartTime` seconds since
        1970 with a fraction, `timestamp` (when the cloud took it) milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import OTHER, fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by, milliseconds
from unrig.hunt.streams import Rejected, Stream
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LOGS = logs("crowdstrike")
_DECIMAL = "_decimal"
"""Splunk's export adds it to the names of numbers."""
_WRITTEN = "Written"


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is an event of the sensor's."""
    return json_lines.any_line(head, is_record)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def is_record(record: object) -> bool:
    """Return whether an object is an event of the sensor's."""
    return isinstance(record, dict) and isinstance(record.get("event_simpleName"), str) and "aid" in record


def understood(record: Record) -> Understood:
    """Return an event by its fields, and what it is."""
    if any(name.endswith(_DECIMAL) for name in record):
        record = {name.removesuffix(_DECIMAL): value for name, value in record.items()}
    name = str(record.get("event_simpleName"))
    told = _LOGS.get(name) or _LOGS[_WRITTEN if name.endswith(_WRITTEN) else OTHER]
    if told.fields.event_class == "registry":
        record["_registry"] = told.action
    return Understood(record, told)


_KIND = Kind(
    understand=understood,
    dated=dated_by(
        ("ContextTimeStamp", any_time), ("ProcessStartTime", any_time), ("timestamp", milliseconds), basis=Basis.DEVICE
    ),
)

READER = Reader(
    id="crowdstrike-fdr",
    title="CrowdStrike Falcon Data Replicator",
    fills=fills(_LOGS.values()),
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
