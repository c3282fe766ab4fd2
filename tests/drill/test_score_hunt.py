"""Marks of a hunt where sensors call a device by its address, and where events fit in that show nothing alone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from unrig.drill.build.truth import DeviceTruth, HuntTruth, Line, StageTruth
from unrig.drill.mark import Mark
from unrig.drill.score_hunt import hunt_marks
from unrig.model.levels import Severity
from unrig.model.telemetry import Seen

NOON = dt.datetime(2023, 3, 1, 12, tzinfo=dt.UTC)
PLAIN, FITTING = Line(file="t/a.log", record=3), Line(file="t/b.log", record=7)


def stage(device: str, *lines: Line, fitting: tuple[Line, ...] = ()) -> StageTruth:
    return StageTruth(device=device, stage="beacon", first=NOON, what="x", lines=lines, fitting=fitting, why_not="none")


def truth(*stages: StageTruth, alarm: str = "high") -> HuntTruth:
    devices = tuple(
        DeviceTruth(id=name, customer="c", country="SE", has="rigged", addresses=(address,))
        for name, address in (("pc-1", "10.0.0.1"), ("pc-2", "10.0.0.2"))
    )
    return HuntTruth(telemetry="t", twin="", devices=devices, stages=stages, alarm=alarm)


def hunt(device: str, *lines: Line, severity: Severity = Severity.HIGH, blind: tuple[str, ...] = ()) -> SimpleNamespace:
    """Return what a hunt said: one sighting on a device with these lines, and who could not be seen."""
    sources = [SimpleNamespace(id=f"s{at}", path=line.file) for at, line in enumerate(lines)]
    rows = [SimpleNamespace(source=f"s{at}", record=line.record) for at, line in enumerate(lines)]
    seen = SimpleNamespace(device=device, of="beacon", rows=rows, severity=severity, detail="d", first=NOON)
    states = [SimpleNamespace(of="beacon", device=name, state=Seen.NOT_OBSERVABLE) for name in blind]
    return SimpleNamespace(sources=sources, sightings=[seen], observability=states)


def marked(of: HuntTruth, said: SimpleNamespace) -> dict[str, Mark]:
    return {mark.question: mark for mark in hunt_marks(of, said, None)}


@pytest.mark.parametrize(("device", "found"), [("pc-1", 1), ("10.0.0.1", 1), ("pc-2", 0), ("10.0.0.2", 0)])
def test_a_device_is_seen_by_its_name_or_its_address(device: str, found: int) -> None:
    mark = marked(truth(stage("pc-1", PLAIN)), hunt(device, PLAIN))
    assert (mark["beacon seen"].found, mark["beacon seen"].of) == (found, 1)
    assert mark["no alarm but for the incident"].false == 1 - found


def test_an_event_that_fits_in_counts_as_seen_and_is_no_false_alarm() -> None:
    mark = marked(truth(stage("pc-1", PLAIN, fitting=(FITTING,))), hunt("pc-1", FITTING))
    assert mark["beacon seen"].passed()
    assert mark["no alarm but for the incident"].passed()


def test_a_stage_that_nothing_shows_must_be_called_a_blind_spot() -> None:
    of = truth(stage("pc-1", PLAIN), stage("pc-2", fitting=(FITTING,)))
    silent, honest = (marked(of, hunt("pc-1", PLAIN, blind=blind)) for blind in ((), ("10.0.0.2",)))
    assert (silent["blind spots told"].found, silent["blind spots told"].of) == (0, 1)
    assert honest["blind spots told"].passed()
    assert honest["beacon seen"].of == 1


@pytest.mark.parametrize(("alarm", "false"), [("high", 0), ("medium", 1)])
def test_what_is_an_alarm_is_the_drills_to_say(alarm: str, false: int) -> None:
    mark = marked(truth(stage("pc-1", PLAIN), alarm=alarm), hunt("pc-2", FITTING, severity=Severity.MEDIUM))
    assert mark["no alarm but for the incident"].false == false


def test_without_a_twin_fleet_nothing_is_asked_of_it() -> None:
    of, said = truth(stage("pc-1", PLAIN)), hunt("pc-1", PLAIN)
    assert "no alarm on the twin fleet" not in marked(of, said)
    twin = {mark.question: mark for mark in hunt_marks(of, said, hunt("pc-1", PLAIN))}
    assert twin["no alarm on the twin fleet"].false == 1
