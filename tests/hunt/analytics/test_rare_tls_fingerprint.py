from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.rare_tls_fingerprint import ANALYTIC
from unrig.model.levels import Severity


def greet(made: Any, day: float, device: str, ja3: str, server: str) -> None:
    made.add("tls", day, device, ja3=ja3, server_name=server)


def fleet(made: Any, devices: int = 60) -> None:
    for number in range(devices):
        greet(made, 0, f"pc{number}", "browser", "news.example")


def test_a_new_fingerprint_of_one_device(made: Any) -> None:
    fleet(made)
    greet(made, 9, "pc1", "odd", "c2.example")
    greet(made, 9, "pc2", "tool", "news.example")
    found = {each.device: each.severity for each in made.sight(ANALYTIC)}
    assert found == {"pc1": Severity.MEDIUM, "pc2": Severity.LOW}


def test_from_the_first_day_on_many_devices_or_in_a_small_fleet_it_is_not(made: Any) -> None:
    fleet(made)
    greet(made, 1, "pc1", "old", "a.example")
    for number in range(5):
        greet(made, 9, f"pc{number}", "new version", "news.example")
    assert not made.sight(ANALYTIC)


def test_a_small_fleet_tells_nothing(made: Any) -> None:
    fleet(made, devices=20)
    greet(made, 9, "pc1", "odd", "c2.example")
    assert not made.sight(ANALYTIC)
