from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.analytics.dns_volume import ANALYTIC
from unrig.model.levels import Severity


def ask(made: Any, device: str, domain: str, count: int, *, width: int = 30, day: float = 0.0) -> None:
    for number in range(count):
        made.add("dns", day + number / 100000, device, query=f"{number:0{width}x}.{domain}")


def test_long_names_of_one_device_are_medium(made: Any) -> None:
    ask(made, "pc1", "c2.example", 120)
    ask(made, "pc2", "news.example", 3)
    found = made.sight(ANALYTIC)
    assert [(each.device, each.detail, each.severity) for each in found] == [("pc1", "c2.example", Severity.MEDIUM)]
    assert (found[0].scores["names"], found[0].scores["length"]) == (120.0, 30.0)


def test_the_reputation_service_of_everyone_is_low(made: Any) -> None:
    for number in range(3):
        ask(made, f"pc{number}", "reputation.example", 120)
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}


@pytest.mark.parametrize("twin", ["few", "spread", "reverse"])
def test_few_names_names_over_days_and_reverse_lookups_are_not(twin: str, made: Any) -> None:
    if twin == "few":
        ask(made, "pc1", "c2.example", 99)
    elif twin == "spread":
        for number in range(10):
            made.add("dns", number, "pc1", query="a.example")
            ask(made, "pc1", f"site{number}.co.uk", 20, day=number)
    else:
        ask(made, "pc1", "10.in-addr.arpa", 120)
    assert not made.sight(ANALYTIC)
