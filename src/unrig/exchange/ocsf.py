"""What a hunt saw as OCSF 1.3 Detection Findings (class 2004), a JSON array of one object a sighting."""

from __future__ import annotations

import datetime as dt

import msgspec
from msgspec import Struct

from unrig.data import attack
from unrig.model.levels import Severity
from unrig.model.results import HuntResult
from unrig.model.telemetry import Sighting

SEVERITY = {Severity.INFO: 1, Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}
STATUS = {"open": 1, "true": 2, "benign": 3}
"""New, in progress, suppressed."""
RULE = 1
"""The type of an analytic that is a rule."""


class _Named(Struct, frozen=True, kw_only=True):
    uid: str
    name: str


class _Attack(Struct, frozen=True, kw_only=True):
    technique: _Named
    tactics: tuple[_Named, ...]
    version: str


class _Analytic(Struct, frozen=True, kw_only=True):
    uid: str
    name: str
    type: str = "Rule"
    type_id: int = RULE


class _Info(Struct, frozen=True, kw_only=True):
    uid: str
    title: str
    desc: str
    first_seen_time: int
    last_seen_time: int
    analytic: _Analytic
    attacks: tuple[_Attack, ...]


class _Product(Struct, frozen=True, kw_only=True):
    name: str = "unrig"
    vendor_name: str = "unrig"
    version: str


class _Metadata(Struct, frozen=True, kw_only=True):
    version: str = "1.3.0"
    product: _Product


class _Device(Struct, frozen=True, kw_only=True):
    hostname: str
    type_id: int = 0


class _Evidence(Struct, frozen=True, kw_only=True):
    data: dict[str, str | int | float]


class Finding(Struct, frozen=True, kw_only=True):
    """One Detection Finding with the attributes that OCSF requires, and what unrig knows of the recommended ones."""

    activity_id: int = 1
    category_uid: int = 2
    class_uid: int = 2004
    type_uid: int = 200401
    time: int
    count: int
    severity_id: int
    status_id: int
    message: str
    metadata: _Metadata
    finding_info: _Info
    device: _Device
    evidences: tuple[_Evidence, ...]


def encode(result: HuntResult) -> bytes:
    """Return the findings in the order of the sightings; times in milliseconds since 1970."""
    metadata = _Metadata(product=_Product(version=result.unrig_version))
    return msgspec.json.format(msgspec.json.encode([_finding(each, metadata) for each in result.sightings])) + b"\n"


def _finding(each: Sighting, metadata: _Metadata) -> Finding:
    return Finding(
        time=_milliseconds(each.first),
        count=each.count,
        severity_id=SEVERITY[each.severity],
        status_id=STATUS.get(each.triage.state, 0),
        message=f"{each.title}: {each.detail}",
        metadata=metadata,
        finding_info=_Info(
            uid=each.id,
            title=each.title,
            desc=f"{each.process}: {each.detail}",
            first_seen_time=_milliseconds(each.first),
            last_seen_time=_milliseconds(each.last),
            analytic=_Analytic(uid=each.of, name=each.title),
            attacks=tuple(_attack(known) for known in filter(None, map(attack.current, each.techniques))),
        ),
        device=_Device(hostname=each.device),
        evidences=(
            *(_Evidence(data={"source": row.source, "record": row.record, "offset": row.offset}) for row in each.rows),
            *((_Evidence(data=dict(each.scores)),) if each.scores else ()),
        ),
    )


def _attack(known: attack.Technique) -> _Attack:
    tactics = filter(None, map(attack.tactic, known.tactics))
    return _Attack(
        technique=_Named(uid=known.id, name=known.name),
        tactics=tuple(_Named(uid=each.id, name=each.name) for each in tactics),
        version=attack.version(),
    )


def _milliseconds(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1000)
