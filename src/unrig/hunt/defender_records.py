"""Rows of Microsoft Defender's advanced hunting, be they from CSV, Parquet or the streaming API. Runs in sealed workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from unrig.data.mappings import OTHER, fills, logs
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.records import any_time, dated_by, under, with_url
from unrig.model.moment import Basis
from unrig.model.telemetry import Fills

ACTION = "ActionType"
TIMES = ("Timestamp", "TimeGenerated", "TimeGenerated [UTC]", "Timestamp [UTC]")
_DEVICES = ("DeviceName", "DeviceId")
_LOGS = logs("defender")
_INBOUND = frozenset({"InboundConnectionAccepted", "InboundInternetScanInspected"})
_US = "%b %d, %Y %I:%M:%S %p"  # the portal's export of 2022: Mar 29, 2023 3:16:17 PM


def are_columns(names: Iterable[str]) -> bool:
    """Return whether these are the columns of an answer of advanced hunting, about devices."""
    given = set(names)
    return ACTION in given and not given.isdisjoint(TIMES) and not given.isdisjoint(_DEVICES)


def understood(record: Record) -> Understood:
    """Return a row by its columns, and what it is, by its action."""
    said = record.get(ACTION)
    told = _LOGS.get(said if isinstance(said, str) else "") or _LOGS[OTHER]
    record["_initiator"] = under(record.get("InitiatingProcessFolderPath"), record.get("InitiatingProcessFileName"))
    record["_path"] = under(record.get("FolderPath"), record.get("FileName"))
    match told.fields.event_class:
        case "network":
            url, path = record.get("RemoteUrl"), record["_path"]
            with_url(record, url)
            record["_path"], record["_initiated"] = path, said not in _INBOUND
        case "dns":
            more = _additional(record)
            record["_query"] = more.get("DnsQueryString") or more.get("query") or record.get("RemoteUrl")
        case "script":
            more = _additional(record)
            record["_script"] = more.get("Command") or more.get("ScriptContent") or more.get("Description")
        case "pipe":
            record["_pipe"] = _additional(record).get("PipeName")
    return Understood(record, told)


def moment_of(value: object) -> dt.datetime | None:
    """Return the time of a row: ISO 8601, a time already, or as the portal writes it for people."""
    found = any_time(value)
    if found is None and isinstance(value, str):
        try:
            return dt.datetime.strptime(value, _US)  # noqa: DTZ007  (the portal gives UTC and does not say so)
        except ValueError:
            return None
    return found


def _additional(record: Record) -> Record:
    given = record.get("AdditionalFields")
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except msgspec.DecodeError:
            return {}
    return given if isinstance(given, dict) else {}


FILLS: Fills = fills(_LOGS.values())
KIND = Kind(understand=understood, dated=dated_by(*((name, moment_of) for name in TIMES), basis=Basis.DEVICE))
