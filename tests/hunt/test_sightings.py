from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from unrig.hunt.sightings import devices, ordered, sighting_id
from unrig.model.levels import Severity
from unrig.model.telemetry import Sighting

NOON = dt.datetime(2024, 3, 4, 12, tzinfo=dt.UTC)


def sighting(number: int = 0, **fields: Any) -> Sighting:
    given = {
        "id": f"{number:016x}",
        "of": "a",
        "title": "t",
        "device": "pc1",
        "first": NOON,
        "last": NOON,
        "count": 1,
        "stage": "execution",
        "severity": Severity.MEDIUM,
    }
    return Sighting(**(given | fields))


def test_an_id_tells_keys_apart_that_join_to_the_same_text() -> None:
    assert sighting_id("a", "bc") != sighting_id("ab", "c")
    assert sighting_id("a", "b") == sighting_id("a", "b")
    assert len(sighting_id("a")) == 16


def test_the_worst_come_first_then_what_saw_them() -> None:
    found = [
        sighting(1, severity=Severity.LOW),
        sighting(2, severity=Severity.CRITICAL, of="b"),
        sighting(3, severity=Severity.CRITICAL, of="a", device="pc2"),
        sighting(4, severity=Severity.CRITICAL, of="a", device="pc1", first=NOON + dt.timedelta(1)),
        sighting(5, severity=Severity.CRITICAL, of="a", device="pc1"),
    ]
    assert [int(each.id, 16) for each in ordered(found)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("given", "score", "stages"),
    [
        ([(Severity.INFO, "execution")], 0, ()),
        ([(Severity.LOW, "execution")], 20, ()),
        ([(Severity.HIGH, "command-and-control"), (Severity.MEDIUM, "execution")], 65, ("execution", "command-and-control")),
        ([(Severity.HIGH, "execution"), (Severity.INFO, "impact")], 60, ("execution",)),
        (
            [(Severity.CRITICAL, stage) for stage in ("impact", "collection", "execution", "discovery", "initial-access", "x")],
            100,
            ("initial-access", "execution", "discovery", "collection", "impact", "x"),
        ),
    ],
)  # fmt: skip
def test_a_device_is_scored_by_its_worst_and_its_stages(given: Any, score: float, stages: tuple[str, ...]) -> None:
    found = [sighting(number, severity=severity, stage=stage) for number, (severity, stage) in enumerate(given)]
    [summary] = devices(found)
    assert (summary.score, summary.stages) == (score, stages)


def test_the_timeline_is_in_order_of_time() -> None:
    found = [sighting(number, first=NOON - dt.timedelta(hours=number)) for number in range(4)]
    [summary] = devices(found)
    assert [int(each, 16) for each in summary.timeline] == [3, 2, 1, 0]


def test_each_device_has_one_summary() -> None:
    found = [sighting(1, device="b"), sighting(2, device="a"), sighting(3, device="b")]
    assert [(each.device, len(each.timeline)) for each in devices(found)] == [("a", 1), ("b", 2)]
