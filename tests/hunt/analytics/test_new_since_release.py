from __future__ import annotations

import datetime as dt
from typing import Any

from unrig.hunt.analytics.new_since_release import ANALYTIC
from unrig.model.levels import Severity
from unrig.model.moment import Window

HOME = "c:\\program files\\phone\\"


def fleet(made: Any, kit: Any, devices: int = 24) -> Any:
    """Half of the devices get the release on day 20; all of them contact the same sites all the time."""
    for number in range(devices):
        device = f"pc{number}"
        for day in range(0, 40, 5):
            made.add("dns", day, device, image="c:\\browser.exe", query="news.example")
        if number % 2:
            made.runs(20, device, HOME + "phone.exe", sha256=kit.sha("a"))
            made.add(
                "module_load", 20, device, image=HOME + "phone.exe", module=HOME + "media.dll", sha256=kit.sha("b")
            )
    window = Window(since=kit.start + dt.timedelta(days=19))
    return kit.manifest(("Phone.exe", kit.sha("a")), ("media.dll", kit.sha("b")), window=window)


def test_a_host_that_only_devices_with_the_release_contact(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    for number in range(1, 24, 2):
        made.add("dns", 28 + number / 24, f"pc{number}", image=HOME + "phone.exe", query="c2.example")
    found = [each for each in made.sight(ANALYTIC, lead) if each.detail == "host c2.example"]
    assert len(found) == 12
    assert {each.severity for each in found} == {Severity.MEDIUM}
    assert found[0].scores["q"] < 0.001
    assert found[0].scores["odds"] > 100
    assert found[0].scores["share"] == 1.0


def test_what_everyone_newly_does_is_not(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    for number in range(24):
        made.add("dns", 28, f"pc{number}", image="c:\\browser.exe", query="election.example")
    assert not [each for each in made.sight(ANALYTIC, lead) if "election" in each.detail]


def test_what_was_there_before_or_comes_late_and_the_releases_own_files_are_not(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    made.add("dns", 1, "pc1", image="c:\\browser.exe", query="old.example")
    for number in range(1, 24, 2):
        made.add("dns", 28, f"pc{number}", image=HOME + "phone.exe", query="old.example")
        made.add("dns", 55, f"pc{number}", image=HOME + "phone.exe", query="late.example")
    details = {each.detail for each in made.sight(ANALYTIC, lead)}
    assert not {detail for detail in details if "old" in detail or "late" in detail or detail.startswith("file")}


def test_two_devices_prove_nothing(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    for number in (1, 3):
        made.add("dns", 28, f"pc{number}", image=HOME + "phone.exe", query="c2.example")
    assert not [each for each in made.sight(ANALYTIC, lead) if "c2" in each.detail]
