"""From the rows of a question to sightings: one for each device, user, process and thing seen."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from unrig.data.attack import tactic_order
from unrig.model.levels import Severity, severity_rank
from unrig.model.place import EventRef
from unrig.model.telemetry import MAX_ROWS, DeviceSummary, Sighting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

KEYS = ("of", "device", "user", "process", "detail", "stage", "severity")
SCORE = "score_"
_DIGITS = 6  # contract: floats to six significant digits
_PER_RANK = 20
_PER_STAGE = 5


class About(Struct, frozen=True, kw_only=True):
    """What is said of all sightings of one analytic or lead."""

    title: str
    mild: str = ""
    """The title of those of severity info, where it is another one."""
    techniques: tuple[str, ...]


def sightings(answer: pa.Table, about: dict[str, About]) -> Iterator[Sighting]:
    """Yield the sightings in what `counted` gave, `about` naming each `of`."""
    import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)

    starts = [index for index, place in enumerate(answer["place"].to_pylist()) if not place]
    places = zip(*(answer[name].to_pylist() for name in ("source", "record", "offset")), strict=True)
    rows = [EventRef(source=source, record=record, offset=offset) for source, record, offset in places]
    firsts = answer.take(pa.array(starts, pa.int64())).to_pylist()
    for first, (start, end) in zip(firsts, pairwise([*starts, len(rows)]), strict=True):
        yield _sighting(first, tuple(rows[start:end]), about)


def sighting_id(*keys: str) -> str:
    """Return 16 hexadecimal digits over KEYS but the severity; they stay the same when more telemetry comes in."""
    return hashlib.sha256(msgspec.json.encode(keys)).hexdigest()[:16]


def ordered(found: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Return sightings by severity, worst first, then by what saw them, device, time and id."""
    return tuple(
        sorted(found, key=lambda each: (-severity_rank(each.severity), each.of, each.device, each.first, each.id))
    )


def devices(found: Iterable[Sighting]) -> tuple[DeviceSummary, ...]:
    """Return what is said of each device that something was seen on.

    The score is ordinal, not a probability: 20 for each rank of the worst severity, 5 for each further tactic, at
    most 100. Information alone (the release ran here) scores nothing; a tactic counts from medium on, since what is
    low is what innocent programs do too; what a person called benign does not count.
    """
    by_device: dict[str, list[Sighting]] = {}
    for each in found:
        by_device.setdefault(each.device, []).append(each)
    return tuple(_summary(device, by_device[device]) for device in sorted(by_device))


def counted(expression: ir.Table) -> ir.Table:
    """Return of an expression with ROW_COLUMNS at most MAX_ROWS rows of each sighting, the earliest, with its count and ends."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    text = {name: expression[name].fill_null("") for name in ("device", "user", "process", "detail")}
    rows = expression.mutate(**text)
    order = ["time", "source", "record"]
    # one window of the same order for all, so that an engine sorts once
    whole = ibis.window(group_by=list(KEYS), order_by=order, preceding=None, following=None)
    rows = rows.mutate(
        place=ibis.row_number().over(ibis.window(group_by=list(KEYS), order_by=order)),
        count=rows.count().over(whole),
        first=rows.time.min().over(whole),
        last=rows.time.max().over(whole),
    )
    return rows.filter(rows.place < MAX_ROWS).order_by([*KEYS, "place"])


def _sighting(first: dict[str, Any], rows: tuple[EventRef, ...], about: dict[str, About]) -> Sighting:
    said = about[first["of"]]
    severity = Severity(first["severity"])
    scores = [name for name in first if name.startswith(SCORE)]
    return Sighting(
        id=sighting_id(*(first[key] for key in KEYS if key != "severity")),
        of=first["of"],
        title=said.mild or said.title if severity is Severity.INFO else said.title,
        device=first["device"],
        user=first["user"],
        process=first["process"],
        first=first["first"].replace(tzinfo=dt.UTC),
        last=first["last"].replace(tzinfo=dt.UTC),
        count=first["count"],
        stage=first["stage"],
        techniques=said.techniques,
        severity=severity,
        scores={name.removeprefix(SCORE): _rounded(first[name]) for name in scores},
        detail=first["detail"],
        rows=rows,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _summary(device: str, found: list[Sighting]) -> DeviceSummary:
    open_ones = [each for each in found if each.triage.state != "benign"]
    telling = [each for each in open_ones if severity_rank(each.severity) >= severity_rank(Severity.MEDIUM)]
    stages = sorted({each.stage for each in telling}, key=lambda stage: (tactic_order(stage), stage))
    worst = max((severity_rank(each.severity) for each in open_ones), default=0)
    score = _PER_RANK * worst + _PER_STAGE * max(0, len(stages) - 1)
    timeline = sorted(found, key=lambda each: (each.first, each.id))
    return DeviceSummary(
        device=device,
        stages=tuple(stages),
        score=float(min(100, score)),
        timeline=tuple(each.id for each in timeline),
    )
