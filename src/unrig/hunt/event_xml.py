"""Windows events that keep the shape of their XML (System, EventData, UserData), as the flat fields that exports have.

Shapes: the `evtx` library and evtx_dump (`#attributes`, `#text`), with attributes set apart (`_attributes`), xmltodict
(`@Name`, a list of Data), Velociraptor (plain keys, `Value`). Runs in sealed workers.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.hunt.columns import Record

ATTRIBUTES = ("#attributes", "@attributes")
_TEXTS = ("#text", "Value", "Text")
_PLAIN = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")
_NAMED = (
    ("Provider", "Name", "Provider_Name"),
    ("Provider", "Guid", "Provider_Guid"),
    ("TimeCreated", "SystemTime", "SystemTime"),
    ("Execution", "ProcessID", "Execution_ProcessID"),  # Sysmon's own ProcessId is another process
    ("Execution", "ThreadID", "Execution_ThreadID"),
    ("Security", "UserID", "UserID"),
    ("Correlation", "ActivityID", "ActivityID"),
)
_TAKEN = frozenset({*_PLAIN, *(name for name, _, _ in _NAMED)})
_BODIES = ("EventData", "UserData")
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
    found: Record = {}
    if isinstance(system, dict):
        found = {name: value for name in _PLAIN if (value := _text(system.get(name))) is not None}
        for element, attribute, name in _NAMED:
            value = _attribute(system, element, attribute)
            if value is not None:
                found[name] = value
        for name, value in system.items():
            if name not in _TAKEN and value is not None and not name.endswith("_attributes"):
                found[f"System_{name}"] = value
    for body in _BODIES:
        for name, value in _fields(event.get(body)):
            found[name if name not in found else f"{body}_{name}"] = value
    for name, value in event.items():
        if name != "System" and name not in _BODIES and name not in ATTRIBUTES and value is not None:
            found[name if name not in found else f"Event_{name}"] = value
    return found


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


def _attribute(system: Record, element: str, attribute: str) -> object:
    holder = system.get(element)
    if isinstance(holder, dict):
        for name in ATTRIBUTES:
            inner = holder.get(name)
            if isinstance(inner, dict) and attribute in inner:
                return inner[attribute]
        return holder.get(attribute, holder.get(f"@{attribute}"))
    apart = system.get(f"{element}_attributes")
    return apart.get(attribute) if isinstance(apart, dict) else None
