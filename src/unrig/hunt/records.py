"""What readers of other products' records share: nested fields by dotted names, and times. Runs in sealed workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit

from unrig.hunt.columns import Record, Row
from unrig.hunt.json_lines import Dated
from unrig.hunt.values import epoch, moment
from unrig.model.moment import Basis

_MAX_DEPTH = 8
_MILLISECONDS = 1000
Clock = Callable[[object], dt.datetime | None]


def flat(record: Record) -> Record:
    """Return a record whose nested objects are fields with dots in their names; lists stay what they are."""
    if dict not in map(type, record.values()):
        return record
    found: Record = {}
    _flatten(record, "", found, 0)
    return found


def by_key(values: list[Record]) -> Record:
    """Return the values of a list of objects, each name with all its values."""
    found: dict[str, list[object]] = {}
    for each in values:
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    return dict(found)


def dated_by(*times: tuple[str, Clock], basis: Basis) -> Dated:
    """Return what gives a record its time: the first of these fields that holds one."""
    said = basis.value

    def dated(record: Record, action: str, number: int, offset: int) -> Row | None:
        for name, clock in times:
            value = record.get(name)
            if value is not None:
                when = clock(value)
                if when is not None:
                    return Row(record, when, said, action, number, offset)
        return None

    return dated


def milliseconds(value: object) -> dt.datetime | None:
    """Return a time given in milliseconds since 1970, as a number or in digits, as naive UTC; None for the rest."""
    try:
        return epoch(float(value) / _MILLISECONDS) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def any_time(value: object) -> dt.datetime | None:
    """Return a time in ISO 8601 or in seconds since 1970 as naive UTC; None for the rest."""
    return epoch(value) or moment(value)


def with_url(record: Record, url: object) -> None:
    """Add the host, path and query of an address as `_host`, `_path` and `_query`; one without a scheme is one too."""
    if not isinstance(url, str) or not url:
        return
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        record["_host"], record["_port"] = parts.hostname, parts.port
    except ValueError:  # brackets that are no IPv6 address, a port of letters
        record["_host"] = record["_port"] = None
        return
    record["_path"], record["_query"] = parts.path or None, parts.query or None


def under(folder: object, name: object) -> str | None:
    """Return a path from a folder and a name, where the folder may end with the name already."""
    if not isinstance(folder, str) or not folder:
        return name if isinstance(name, str) else None
    if not isinstance(name, str) or not name or folder.lower().endswith(name.lower()):
        return folder
    return folder.rstrip("\\/") + ("/" if folder.startswith("/") else "\\") + name


def _flatten(value: Record, prefix: str, found: Record, depth: int) -> None:
    for key, inner in value.items():
        if isinstance(inner, dict) and inner and depth < _MAX_DEPTH:
            _flatten(inner, f"{prefix}{key}.", found, depth + 1)
        else:
            found[prefix + key] = inner
