"""macOS `eslogger`: Endpoint Security events, one object a line.

Fills:  process (exec, exit), module_load (mmap), file (create, unlink, rename, open, close, write); all other events
        become class `other`, their name its channel. An event does not name its device: each source is one.
Drops:  nothing: fields that no column takes stand in `rest` as JSON, nested names with dots. The framework has no
        event of connections or names.
Layout: man 1 eslogger, modelled after es_message_t (EndpointSecurity/ESMessage.h): the kind is the one name under
        `event`; `time` has nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import OTHER, fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by, flat
from unrig.hunt.streams import Rejected, Stream
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LOGS = logs("eslogger")
_TARGETS = {
    "create": ("event.create.destination.existing_file.path", "event.create.destination.new_path.dir.path"),
    "unlink": ("event.unlink.target.path",),
    "rename": ("event.rename.source.path",),
    "open": ("event.open.file.path",),
    "close": ("event.close.target.path",),
    "write": ("event.write.target.path",),
}


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is an event of eslogger's."""
    return json_lines.any_line(head, is_record)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""

    def understand(record: Record) -> Understood:
        return understood(record, stream.source)

    return json_lines.read(stream, Kind(understand=understand, dated=_DATED))


def is_record(record: object) -> bool:
    """Return whether an object is an event of eslogger's: of a process, at a place in the order of all events."""
    if not isinstance(record, dict) or not isinstance(record.get("event"), dict):
        return False
    return isinstance(record.get("process"), dict) and "global_seq_num" in record


def understood(record: Record, source: str) -> Understood:
    """Return an event by its fields, and what it is."""
    event = record.get("event")
    kind = next(iter(event), "") if isinstance(event, dict) else ""
    fields = flat(record)
    fields["_device"], fields["_kind"] = f"source-{source}", kind
    arguments = fields.get("event.exec.args")
    if isinstance(arguments, list):
        fields["_command_line"] = " ".join(each for each in arguments if isinstance(each, str))
    if kind in _TARGETS:
        fields["_target"] = _target(fields, kind)
    return Understood(fields, _LOGS.get(kind) or _LOGS[OTHER])


def _target(fields: Record, kind: str) -> object:
    found = next((fields[name] for name in _TARGETS[kind] if name in fields), None)
    name = fields.get("event.create.destination.new_path.filename")
    return f"{found}/{name}" if isinstance(found, str) and isinstance(name, str) else found


_DATED = dated_by(("time", any_time), basis=Basis.DEVICE)

READER = Reader(
    id="eslogger",
    title="macOS eslogger",
    fills=fills(_LOGS.values()),
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
