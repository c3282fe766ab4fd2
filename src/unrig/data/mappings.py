"""Which fields of which log fill which columns: Sysmon's from `events.toml`, those of other logs from `mappings.toml`.

A reader turns a record into named fields and asks here what it is; nothing else knows the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from unrig.data.events import catalogue, columns_of

OTHER = "other"
SYSMON = "sysmon"
JOIN = "\\"
"""Between two fields that are one value together: a domain and its user, a key and its value."""
_SAID_BY_READER = frozenset({"time", "time_basis", "source", "record", "offset"})
_ALWAYS = _SAID_BY_READER | {"action", "rest"}
_DIRECTIONS = {"egress": "true", "outbound": "true", "ingress": "false", "inbound": "false"}


class FieldMap(Struct, frozen=True, kw_only=True, eq=False):
    """How one kind of record fills one event class. Two are equal only if they are the same one."""

    event_class: str
    fields: dict[str, tuple[str, ...]]
    """Column to the fields that may hold it, the first one filled counts; two names around JOIN are joined."""
    words: dict[str, dict[str, str]] = {}
    """Column to what some values mean."""
    constants: dict[str, str] = {}
    """Column to the value that every record has."""
    separator: str = ""
    """What goes between the texts of a list; where it is empty, a list becomes JSON."""


class Told(Struct, frozen=True, kw_only=True, eq=False):
    """What a record is: its map, and the value of `action`."""

    fields: FieldMap
    action: str = ""


class _Windows(Struct, frozen=True, kw_only=True, rename={"event_class": "class"}, forbid_unknown_fields=True):
    event_class: str
    providers: tuple[str, ...]
    channel: str
    events: dict[int, str]
    fields: dict[str, tuple[str, ...]]
    words: dict[str, dict[str, str]] = {}


class _Elastic(Struct, frozen=True, kw_only=True, rename={"event_class": "class"}, forbid_unknown_fields=True):
    event_class: str
    category: str
    types: dict[str, str]
    topic: str = ""


class _Zeek(Struct, frozen=True, kw_only=True, rename={"event_class": "class"}, forbid_unknown_fields=True):
    event_class: str
    action: str
    mark: str
    fields: dict[str, tuple[str, ...]]


class _Log(Struct, frozen=True, kw_only=True, rename={"event_class": "class"}, forbid_unknown_fields=True):
    event_class: str
    events: dict[str, str] = {}
    """What a record calls its kind, to the value of `action`."""
    fields: dict[str, tuple[str, ...]] = {}
    words: dict[str, dict[str, str]] = {}
    constants: dict[str, str] = {}


class _Mappings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    windows: dict[str, _Windows]
    elastic: dict[str, _Elastic]
    zeek: dict[str, _Zeek]
    logs: dict[str, dict[str, _Log]]


@cache
def _mappings() -> _Mappings:
    text = resources.files("unrig.data").joinpath("mappings.toml").read_bytes()
    return msgspec.toml.decode(text, type=_Mappings, strict=False)


@cache
def windows() -> dict[tuple[str, int], Told]:
    """Return what events are by provider in lower case (SYSMON for Sysmon's) and event id."""
    found: dict[tuple[str, int], Told] = {}
    for name, kind in catalogue().classes.items():
        if kind.sysmon:
            fields = FieldMap(event_class=name, fields=_sysmon_fields(name))
            found |= {(SYSMON, number): Told(fields=fields, action=action) for number, action in kind.sysmon.items()}
    for event in _mappings().windows.values():
        shared = {"device": catalogue().shared["device"].sysmon}
        fields = FieldMap(event_class=event.event_class, fields=shared | event.fields, words=event.words)
        for number, action in event.events.items():
            told = Told(fields=fields, action=action)
            found |= {(provider, number): told for provider in event.providers}
    return found


@cache
def channels() -> dict[str, str]:
    """Return the provider that a channel in lower case stands for where a record names none."""
    return {event.channel: event.providers[0] for event in _mappings().windows.values()}


@cache
def other() -> Told:
    """Return what a Windows event is that nothing else maps."""
    return Told(fields=FieldMap(event_class=OTHER, fields=_sysmon_fields(OTHER)))


@cache
def with_ecs(told: Told) -> Told:
    """Return the same for a record in Elastic's schema: where a field of the event itself is gone, ECS's name counts."""
    fields = {name: (*told.fields.fields.get(name, ()), *ecs) for name, ecs in _ecs(told.fields.event_class).items()}
    words = told.fields.words
    if "initiated" in fields:
        words = words | {"initiated": words.get("initiated", {}) | _DIRECTIONS}
    return msgspec.structs.replace(told, fields=msgspec.structs.replace(
        told.fields, fields=told.fields.fields | fields, words=words, separator=";"
    ))  # fmt: skip


@cache
def elastic() -> dict[tuple[str, str], Told]:
    """Return what events are by `event.category` and `event.type`, for those that carry no Windows event id."""
    return {
        (event.category, kind): with_ecs(Told(fields=FieldMap(event_class=event.event_class, fields={}), action=action))
        for event in _mappings().elastic.values()
        for kind, action in event.types.items()
    }


@cache
def elastic_topics() -> dict[str, Told]:
    """Return what a network event is by the field that only such an event has."""
    found = elastic()
    events = [event for event in _mappings().elastic.values() if event.topic]
    return {event.topic: found[event.category, kind] for event in events for kind in event.types}


@cache
def zeek() -> dict[str, Told]:
    """Return what records are by the path of their log, such as `dns`; `other` stands for all that are not here."""
    found = {}
    for path, log in _mappings().zeek.items():
        fields = FieldMap(
            event_class=log.event_class, fields={"time": ("ts",), "device": ("id.orig_h",)} | log.fields, separator=";"
        )
        found[path] = Told(fields=fields, action=log.action)
    return found


@cache
def zeek_marks() -> dict[str, str]:
    """Return a field that every record of a log has, to the log's path."""
    return {log.mark: path for path, log in _mappings().zeek.items() if path != OTHER}


@cache
def logs(product: str) -> dict[str, Told]:
    """Return what the records of another product's logs are, by the name that such a record has of its kind."""
    given = _mappings().logs[product]
    shared = given["shared"].fields if "shared" in given else {}
    found: dict[str, Told] = {}
    for name, log in given.items():
        if name != "shared":
            fields = FieldMap(
                event_class=log.event_class,
                fields=shared | log.fields,
                words=log.words,
                constants=log.constants,
                separator=";",
            )
            found |= {event: Told(fields=fields, action=action) for event, action in (log.events or {name: ""}).items()}
    return found


def fills(told: Iterable[Told]) -> dict[str, frozenset[str]]:
    """Return the columns that these can fill, by event class."""
    found: dict[str, frozenset[str]] = {}
    for each in told:
        name = each.fields.event_class
        found[name] = found.get(name, frozenset(_ALWAYS)) | each.fields.fields.keys() | each.fields.constants.keys()
    return {name: found[name] for name in sorted(found)}


def _sysmon_fields(event_class: str) -> dict[str, tuple[str, ...]]:
    return {name: column.sysmon for name, column in columns_of(event_class).items() if column.sysmon}


def _ecs(event_class: str) -> dict[str, tuple[str, ...]]:
    names = {name: column.ecs for name, column in columns_of(event_class).items()}
    wanted: dict[str, tuple[str, ...]] = {
        name: (ecs,) for name, ecs in names.items() if ecs and name not in _SAID_BY_READER | {"action"}
    }
    return wanted | {"user": (f"user.domain{JOIN}user.name",)}
