"""Windows events that keep the shape of their XML (System, EventData, UserData), as the flat fields that exports have.

Shapes: the `evtx` library and evtx_dump (`#attributes`, `#text`), with attributes set apart (`_attributes`), xmltodict
(`@Name`, a list of Data), Velociraptor (plain keys, `Value`). Runs in sealed workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from unrig.hunt.columns import Record

ATTRIBUTES = ("#attributes", "@attributes")
_TEXTS = ("#text", "Value", "Text")
_PLAIN = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")
_ATTRIBUTES_OF = {
    "Provider": (("Name", "Provider_Name"), ("Guid", "Provider_Guid")),
    "TimeCreated": (("SystemTime", "SystemTime"),),
    "Execution": (  # Sysmon's own ProcessId is another process
        ("ProcessID", "Execution_ProcessID"),
        ("ThreadID", "Execution_ThreadID"),
    ),
    "Security": (("UserID", "UserID"),),
    "Correlation": (("ActivityID", "ActivityID"),),
}
_TAKEN = frozenset({*_PLAIN, *_ATTRIBUTES_OF})
_BODIES = ("EventData", "UserData")
_KNOWN = frozenset({"System", *_BODIES, *ATTRIBUTES})
_SPECIAL = frozenset({"Data", *ATTRIBUTES})
_MAX_WRAPPERS = 4


def event_of(record: Record) -> Record | None:
    """Return the object that has System, be it the record itself or its Event; None where there is none."""
    for each in (record.get("Event"), record):
        if isinstance(each, dict) and isinstance(each.get("System"), dict):
            return each
    return None


def flat(event: Record) -> Record:
    """Return an event's fields: the system's first, then the event's own, which never replace one of the system's."""
    system = event["System"]
    found = _of_system(system) if isinstance(system, dict) else {}
    for body in _BODIES:
        inner = event.get(body)
        if _is_plain(inner) and found.keys().isdisjoint(inner):
            found |= inner
        elif inner is not None:
            for name, value in _fields(inner):
                found[name if name not in found else f"{body}_{name}"] = value
    for name in sorted(event.keys() - _KNOWN):
        if event[name] is not None:
            found[name if name not in found else f"Event_{name}"] = event[name]
    return found


def _of_system(system: Record) -> Record:
    found: Record = {}
    for name in _PLAIN:
        value = system.get(name)
        if value is not None:
            found[name] = _text(value) if type(value) is dict else value
    for element, names in _ATTRIBUTES_OF.items():
        attributes = _attributes(system, element)
        for attribute, name in names:
            value = attributes.get(attribute)
            if value is not None:
                found[name] = value
    for name in sorted(system.keys() - _TAKEN):
        if system[name] is not None and not name.endswith("_attributes"):
            found[f"System_{name}"] = system[name]
    return found


def _is_plain(body: object) -> TypeGuard[Record]:
    """Return whether these are the fields themselves, none with attributes: almost all events."""
    return type(body) is dict and dict not in map(type, body.values()) and _SPECIAL.isdisjoint(body)


def _fields(body: object) -> Iterator[tuple[str, object]]:
    """Yield the names and values of an event's own fields; elements that only wrap others are left out."""
    for _ in range(_MAX_WRAPPERS):
        if not isinstance(body, dict):
            break
        inner = [value for name, value in body.items() if name not in ATTRIBUTES and not name.startswith("@")]
        if len(inner) != 1 or not isinstance(inner[0], dict) or "Data" in body or not _wraps(inner[0]):
            break
        body = inner[0]
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "Data":
                yield from _data(value)
            elif name not in ATTRIBUTES:
                yield name, _text(value)
    elif body is not None:
        yield "Data", body


def _wraps(value: Record) -> bool:
    return not any(name in value for name in _TEXTS)


def _data(value: object) -> Iterator[tuple[str, object]]:
    """Yield Data elements: named ones by their names, the rest as one list."""
    unnamed = []
    for each in value if isinstance(value, list) else [value]:
        name = each.get("@Name", each.get("Name")) if isinstance(each, dict) else None
        if isinstance(each, dict) and isinstance(name, str):
            yield name, each.get("#text")
        else:
            unnamed.append(_text(each))
    if unnamed:
        yield "Data", unnamed[0] if len(unnamed) == 1 else unnamed


def _text(value: object) -> object:
    """Return what an element says: itself, or its text beside attributes."""
    if isinstance(value, dict):
        for name in _TEXTS:
            if name in value:
                return value[name]
    return value


def _attributes(system: Record, element: str) -> Record:
    """Return an element's attributes by name, wherever the shape keeps them."""
    holder = system.get(element)
    if not isinstance(holder, dict):
        apart = system.get(f"{element}_attributes")
        return apart if isinstance(apart, dict) else {}
    for name in ATTRIBUTES:
        inner = holder.get(name)
        if isinstance(inner, dict):
            return inner
    return {name.removeprefix("@"): value for name, value in holder.items()}
