from __future__ import annotations

import random
from typing import Any

import pytest

from unrig.hunt.analytics.beacon import ANALYTIC, power
from unrig.model.levels import Severity

PHONE = "c:\\program files\\phone\\phone.exe"
SECOND = 1 / 86400


def beacon(made: Any, *, every: float, days: float, jitter: float = 0.0, since: float = 0.0, **columns: Any) -> None:
    """Contact a host each `every` seconds, give or take a share of it."""
    draw = random.Random(7)
    at, host = since, columns.pop("host", "c2.example")
    while at < since + days:
        fields = {"device": "pc1", "image": PHONE, "host": host, "bytes_out": 180 + draw.randrange(8)} | columns
        made.add("http", at, **fields)
        at += every * SECOND * (1 + draw.uniform(-jitter, jitter))


def browse(made: Any, days: int, device: str = "pc1") -> None:
    """A person opens pages in working hours."""
    draw = random.Random(device)
    for day in range(days):
        for _ in range(30):
            made.add(
                "http", day + draw.uniform(0, 0.4), device, image="c:\\chrome.exe", host=f"site{draw.randrange(12)}.example",
                bytes_out=draw.randrange(200, 90000),
            )  # fmt: skip


def found(made: Any) -> dict[str, Any]:
    return {each.detail: each for each in made.sight(ANALYTIC)}


@pytest.mark.parametrize(
    ("every", "days", "jitter"),
    [(600, 1, 0.0), (3600, 5, 0.2), (1800, 3, 0.5), (6 * 3600, 30, 0.3), (86400, 60, 0.1), (5 * 86400, 60, 0.0)],
)
def test_beacons_of_a_day_to_sixty_days(every: float, days: float, jitter: float, made: Any) -> None:
    browse(made, 20)
    beacon(made, every=every, days=days, jitter=jitter)
    sighting = found(made)["c2.example"]
    assert sighting.scores["score"] >= 0.7
    assert sighting.scores["median_seconds"] == pytest.approx(every, rel=0.3)
    assert sighting.process == PHONE
    assert set(found(made)) == {"c2.example"}


def test_a_new_one_is_medium_and_an_old_one_low(made: Any) -> None:
    browse(made, 30)
    beacon(made, every=3600, days=5, since=10)
    beacon(made, every=3600, days=30, host="update.example")
    severities = {host: each.severity for host, each in found(made).items()}
    assert severities == {"c2.example": Severity.MEDIUM, "update.example": Severity.LOW}


def test_a_sensors_pair_gets_the_one_program_that_an_endpoint_names(made: Any) -> None:
    made.add("network", 0, "pc1", source_ip="10.0.0.5", destination_ip="203.0.113.9", image=PHONE)
    made.add("dns", 0, "pc1", query="c2.example", image=PHONE)
    beacon(made, every=600, days=1, device=None, image=None, source_ip="10.0.0.5")
    [sighting] = made.sight(ANALYTIC)
    assert (sighting.device, sighting.process, sighting.detail) == ("pc1", PHONE, "c2.example")


def test_without_sizes_the_other_three_decide(made: Any) -> None:
    for hour in range(24):
        made.add("dns", hour / 24, "pc1", image=PHONE, query="c2.example")
    [sighting] = made.sight(ANALYTIC)
    assert sighting.scores["sizes"] == 0.0
    assert sighting.scores["score"] > 0.9


def test_people_bursts_and_few_contacts_are_not(made: Any) -> None:
    browse(made, 20)
    beacon(made, every=600, days=5 * 600 * SECOND, host="five.example")
    for day in (0, 3, 9):
        for number in range(40):
            made.add("http", day + number * SECOND, "pc1", image=PHONE, host="burst.example", bytes_out=200)
    assert not found(made)


def benign_updater(made: Any) -> None:
    for device in range(4):
        beacon(made, every=3600, days=8, device=f"pc{device}", host="update.example")


def benign_time_sync(made: Any) -> None:
    for number in range(8 * 24):
        made.add(
            "network", number / 24, "pc1", image="c:\\windows\\system32\\svchost.exe", destination_ip="192.0.2.123"
        )


def benign_keep_alive(made: Any) -> None:
    beacon(made, every=120, days=3, host="chat.example")


@pytest.mark.parametrize("twin", [benign_updater, benign_time_sync, benign_keep_alive])
def test_what_ticks_and_is_innocent_stays_low(twin: Any, made: Any) -> None:
    twin(made)
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}


def test_its_power_is_said_in_words() -> None:
    assert power(1.5) == "a beacon every 6 h or less would have shown"
    assert power(0.1) == ""
