"""What a hunt saw as lines for Timesketch: `message`, `datetime` and `timestamp_desc`, and what else is known.

Two lines for a sighting that lasted, one for its first and one for its last moment (Timesketch, "Create timeline from JSON").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from unrig.model.results import HuntResult
from unrig.model.telemetry import Sighting


class Line(Struct, frozen=True, kw_only=True):
    """One event of the timeline."""

    message: str
    datetime: str
    timestamp_desc: str
    device: str
    user: str
    process: str
    severity: str
    stage: str
    techniques: tuple[str, ...]
    of: str
    sighting: str
    triage: str
    tag: tuple[str, ...]


def encode(result: HuntResult) -> bytes:
    """Return the lines in order of time."""
    lines = sorted(
        (line for each in result.sightings for line in _lines(each)), key=lambda line: (line.datetime, line.sighting)
    )
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _lines(each: Sighting) -> Iterator[Line]:
    yield _line(each, each.first, "First seen")
    if each.last != each.first:
        yield _line(each, each.last, "Last seen")


def _line(each: Sighting, at: dt.datetime, described: str) -> Line:
    return Line(
        message=f"{each.title}: {each.detail} ({each.count}x)",
        datetime=at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        timestamp_desc=described,
        device=each.device,
        user=each.user,
        process=each.process,
        severity=each.severity.value,
        stage=each.stage,
        techniques=each.techniques,
        of=each.of,
        sighting=each.id,
        triage=each.triage.state,
        tag=("unrig", each.of),
    )
