"""Events in Elastic's schema: as Winlogbeat and the Elastic agent write them, nested or with dots in their names.

What the Windows event itself says (`winlog.event_data`) comes first; where a pipeline has moved it into fields of the
schema, those count. Runs in sealed workers.
"""

from __future__ import annotations

from itertools import product

from unrig.data.mappings import Told, elastic, elastic_topics, other, with_ecs
from unrig.hunt.columns import Record
from unrig.hunt.windows import EVENT_IDS, first
from unrig.hunt.windows import told as told_windows

_DATA = ("winlog.event_data.", "winlog.user_data.", "event_data.", "user_data.")
_NAMES = {
    "winlog.channel": "Channel",
    "winlog.provider_name": "ProviderName",
    "winlog.event_id": "EventID",
    "winlog.computer_name": "Computer",
    "winlog.user.identifier": "UserID",
    "log_name": "Channel",  # Winlogbeat 6
    "source_name": "ProviderName",
    "event_id": "EventID",
    "computer_name": "Computer",
}
_WINDOWS = frozenset({"winlog", "event_data", "log_name"})
_ELASTIC = elastic()
_TOPICS = elastic_topics()
_OTHER = with_ecs(other())
_NETWORK = frozenset({"network", "web"})
_IDENTITY = frozenset({"@timestamp", *_NAMES.values()})
"""Names that a field of the event's own may not take."""
_MAX_DEPTH = 12
"""Elastic's own limit is 20 levels (index.mapping.depth.limit); honest events have five."""


def is_ecs(record: Record) -> bool:
    """Return whether an object has the marks of Elastic's schema."""
    if "@timestamp" not in record:
        return False
    if _WINDOWS.intersection(record) or isinstance(record.get("event"), dict):
        return True
    return any(name.startswith(("winlog.", "event.")) for name in record)


def flat(record: Record) -> Record:
    """Return an event's fields by name: those of the Windows event by their own, all others with dots."""
    found: Record = {}
    _flatten(record, "", found, 0)
    if "EventID" not in found and "event.code" in found and _is_windows(found):
        found["EventID"] = found.pop("event.code")
    return found


def told(fields: Record) -> Told:
    """Return what an event is: by its Windows event id, what it is about, or its category and type."""
    if first(fields, EVENT_IDS) is not None:
        return with_ecs(told_windows(fields))
    categories, kinds = _texts(fields.get("event.category")), _texts(fields.get("event.type"))
    if not _NETWORK.isdisjoint(categories):
        for field, about in _TOPICS.items():
            if field in fields:
                return about
    return next((_ELASTIC[each] for each in product(categories, kinds) if each in _ELASTIC), _OTHER)


def _is_windows(fields: Record) -> bool:
    return "ProviderName" in fields or "Channel" in fields


def _flatten(value: Record, prefix: str, found: Record, depth: int) -> None:
    for key, inner in value.items():
        name = prefix + key
        if isinstance(inner, dict) and inner and depth < _MAX_DEPTH:
            _flatten(inner, name + ".", found, depth + 1)
        elif isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner):
            for column, values in _by_key(inner).items():
                found[f"{name}.{column}"] = values
        else:
            named = _NAMES.get(name) or _own(name)
            found[named if named not in found else name] = inner


def _own(name: str) -> str:
    for prefix in _DATA:
        if name.startswith(prefix):
            own = name.removeprefix(prefix)
            return name if own in _IDENTITY else own
    return name


def _by_key(values: list[Record]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for each in values:
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    return found


def _texts(value: object) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
