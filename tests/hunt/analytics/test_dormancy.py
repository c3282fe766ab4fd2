from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.dormancy import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"


def fleet(made: Any, kit: Any, devices: int = 10) -> Any:
    for number in range(devices):
        made.runs(number, f"pc{number}", HOME + "phone.exe", sha256=kit.sha("a"))
        made.add(
            "module_load",
            number,
            f"pc{number}",
            image=HOME + "phone.exe",
            module=HOME + "media.dll",
            sha256=kit.sha("b"),
        )
        made.add("dns", number + 0.01, f"pc{number}", image=HOME + "phone.exe", query="update.phone.example")
    return kit.manifest(("Phone.exe", kit.sha("a")), ("media.dll", kit.sha("b")))


def contact(made: Any, host: str, waits: list[float], first: int = 0) -> None:
    for number, wait in enumerate(waits, first):
        made.add("dns", number + wait, f"pc{number}", image=HOME + "phone.exe", query=host)


def test_a_hard_floor_over_the_fleet(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    contact(made, "c2.example", [7.1, 9, 8, 12, 7.5, 10, 11, 7.2, 9.5, 8.5])
    found = made.sight(ANALYTIC, lead)
    assert {each.detail for each in found} == {"c2.example"}
    assert len(found) == 10
    assert found[0].scores["floor_days"] > 7
    assert found[0].scores["p"] < 0.01
    assert {each.severity for each in found} == {Severity.MEDIUM}


def test_waits_of_all_lengths_and_few_devices_are_not(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    contact(made, "feature.example", [0.2, 3, 9, 1, 14, 2, 5, 0.5, 7, 11])
    contact(made, "rare.example", [8, 8, 8, 8])
    assert not made.sight(ANALYTIC, lead)


def test_a_host_contacted_before_the_release_is_not(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    made.start(-3, "pc0", HOME + "phone.exe")
    made.add("dns", -2, "pc0", image=HOME + "phone.exe", query="old.example")
    contact(made, "old.example", [7.1, 9, 8, 12, 7.5, 10, 11, 7.2])
    assert not made.sight(ANALYTIC, lead)
