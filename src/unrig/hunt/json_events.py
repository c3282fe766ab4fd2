"""What an object in JSON is, be it flat, in the shape of Windows' XML, or in Elastic's schema."""

from __future__ import annotations

from unrig.data.mappings import Told, elastic, fills, other, windows, with_ecs
from unrig.hunt import ecs, event_xml
from unrig.hunt.columns import Record, Row
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.streams import Reason
from unrig.hunt.values import epoch, moment
from unrig.hunt.windows import is_event, row, told
from unrig.model.moment import Basis
from unrig.model.telemetry import Fills

_ENVELOPES = ("_source", "result")
"""Around an event, what Elasticsearch and Splunk hand out."""


def is_nested(record: object) -> bool:
    """Return whether an object is an event in XML's shape or Elastic's schema."""
    if not isinstance(record, dict):
        return False
    event = _unwrapped(record)
    return event_xml.event_of(event) is not None or ecs.is_ecs(event)


def is_any(record: object) -> bool:
    """Return whether an object is an event of any shape."""
    return is_nested(record) or (isinstance(record, dict) and is_event(_unwrapped(record)))


def understood(record: Record) -> Understood | Reason:
    """Return the fields of an event by name, and what it is."""
    record = _unwrapped(record)
    event = event_xml.event_of(record)
    if event is not None:
        fields = event_xml.flat(event)
        return Understood(fields, told(fields))
    if ecs.is_ecs(record):
        fields = ecs.flat(record)
        return Understood(fields, ecs.told(fields))
    return Understood(record, told(record)) if is_event(record) else Reason.NOT_AN_EVENT


def dated(record: Record, action: str, number: int, offset: int) -> Row | None:
    """Return the record with its time and place: the time that the event's own fields say, or the record's."""
    found = row(record, action, number, offset)
    if found is None:
        when = epoch(record.get("SystemTime"))  # Velociraptor: seconds
        return None if when is None else Row(record, when, Basis.DEVICE.value, action, number, offset)
    if found.basis == Basis.SERVER.value and "event.ingested" in record and moment(record["event.ingested"]):
        return found._replace(basis=Basis.DEVICE.value)  # ECS: @timestamp is the event's own, ingested the server's
    return found


def _unwrapped(record: Record) -> Record:
    for name in _ENVELOPES:
        inner = record.get(name)
        if isinstance(inner, dict):
            return inner
    return record


def _everything() -> list[Told]:
    return [*windows().values(), other(), *map(with_ecs, windows().values()), *elastic().values()]


FILLS: Fills = fills(_everything())
KIND = Kind(understand=understood, dated=dated)
