"""Exclusions of Microsoft Defender Antivirus as `Get-MpPreference | ConvertTo-Json` lists them.

Fills:  exclusion: one row for each excluded path, process, extension and address. The listing has no time of its own,
        so it is when the file was last written; the device is what the listing names, or else the source.
Drops:  every other preference.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from itertools import islice

from unrig.data.mappings import fills, logs
from unrig.hunt.columns import Record, Row
from unrig.hunt.json_lines import Kind, Understood, collected, decoded
from unrig.hunt.json_objects import first_objects, objects
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Reason, Rejected, Stream
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

KINDS = {
    "ExclusionPath": "path",
    "ExclusionProcess": "process",
    "ExclusionExtension": "extension",
    "ExclusionIpAddress": "ip",
    "AttackSurfaceReductionOnlyExclusions": "path",
    "ControlledFolderAccessAllowedApplications": "process",
}
_MARK = "ExclusionPath"
_TOLD_OBJECTS = 4
_LOGS = logs("mp_preference")


def told_by(head: bytes) -> bool:
    """Return whether one of the first objects is a list of preferences."""
    return any(is_listing(decoded(each)) for each in islice(first_objects(head), _TOLD_OBJECTS))


def is_listing(record: object) -> bool:
    """Return whether an object is what Get-MpPreference gives."""
    return isinstance(record, dict) and _MARK in record and "ExclusionProcess" in record


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the exclusions of a source, then what was rejected."""
    written = dt.datetime.fromtimestamp(os.fstat(stream.descriptor).st_mtime, dt.UTC).replace(
        tzinfo=None, microsecond=0
    )

    def expand(record: Record) -> list[Record]:
        return exclusions(record, stream.source) if is_listing(record) else [{}]

    def dated(record: Record, action: str, number: int, offset: int) -> Row:
        return Row(record, written, Basis.FILE.value, action, number, offset)

    return collected(objects(stream), stream.source, Kind(understand=_understood, dated=dated, expand=expand))


def exclusions(record: Record, source: str) -> list[Record]:
    """Return a record for each thing that a listing excludes."""
    system = record.get("CimSystemProperties")
    server = system.get("ServerName") if isinstance(system, dict) else None
    device = record.get("PSComputerName") or server or f"source-{source}"
    return [
        {"_device": device, "_kind": kind, "_value": value}
        for name, kind in KINDS.items()
        for value in _list(record.get(name))
    ]


def _list(value: object) -> list[object]:
    return [each for each in (value if isinstance(value, list) else [value]) if each]


def _understood(record: Record) -> Understood | Reason:
    return Understood(record, _LOGS["list"]) if record else Reason.NOT_AN_EVENT


READER = Reader(
    id="mp-preference",
    title="Defender's exclusions (Get-MpPreference)",
    fills=fills(_LOGS.values()),
    cut=Cut.WHOLE,
    told_by=told_by,
    read=read,
)
