from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.long_connection import ANALYTIC, power
from unrig.model.levels import Severity


def connect(made: Any, device: str, address: str, hours: float) -> None:
    made.add("network", 0, device, destination_ip=address, duration=hours * 3600)


def fleet(made: Any) -> None:
    for number in range(60):
        connect(made, f"pc{number}", "198.51.100.1", 0.1)


def test_long_and_rare_is_medium_long_and_common_low(made: Any) -> None:
    fleet(made)
    connect(made, "pc1", "203.0.113.9", 9)
    connect(made, "pc2", "198.51.100.1", 9)
    found = {each.device: each for each in made.sight(ANALYTIC)}
    assert {device: each.severity for device, each in found.items()} == {"pc1": Severity.MEDIUM, "pc2": Severity.LOW}
    assert found["pc1"].scores["hours"] == 9.0


def test_short_ones_and_those_at_home_are_not(made: Any) -> None:
    fleet(made)
    connect(made, "pc1", "203.0.113.9", 0.9)
    connect(made, "pc1", "10.0.0.5", 20)
    assert not made.sight(ANALYTIC)


def test_its_power_is_said() -> None:
    assert "1 h or more" in power(3)
