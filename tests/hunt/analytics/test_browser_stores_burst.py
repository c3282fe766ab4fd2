from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.browser_stores_burst import ANALYTIC
from unrig.model.levels import Severity

USER = "c:\\users\\ann\\appdata\\"
CHROME = USER + "local\\google\\chrome\\user data\\default\\history"
EDGE = USER + "local\\microsoft\\edge\\user data\\default\\history"
FIREFOX = USER + "roaming\\mozilla\\firefox\\profiles\\x\\places.sqlite"
PHONE = "c:\\program files\\phone\\phone.exe"
SECOND = 1 / 86400


def opens(made: Any, day: float, image: str, *targets: str, gap: float = SECOND) -> None:
    for number, target in enumerate(targets):
        made.add("file", day + number * gap, "pc1", action="open", image=image, target=target)


def test_three_browsers_in_two_seconds(made: Any) -> None:
    for day in range(10):
        made.add("file", day, "pc1", action="create", image=PHONE, target="c:\\x.log")
    opens(made, 9, PHONE, CHROME, EDGE, FIREFOX)
    found = made.sight(ANALYTIC)
    assert {each.detail for each in found} == {"chrome", "edge", "firefox"}
    assert {each.severity for each in found} == {Severity.HIGH}
    assert {each.scores["browsers"] for each in found} == {3.0}


def test_two_browsers_far_apart_are_no_burst(made: Any) -> None:
    opens(made, 9, PHONE, CHROME, EDGE, gap=90 * SECOND)
    assert not made.sight(ANALYTIC)


def test_two_programs_are_no_burst(made: Any) -> None:
    opens(made, 9, PHONE, CHROME)
    opens(made, 9, "c:\\other.exe", EDGE)
    assert not made.sight(ANALYTIC)


def test_one_browsers_stores_are_no_burst(made: Any) -> None:
    opens(made, 9, PHONE, CHROME, CHROME.replace("history", "login data"))
    assert not made.sight(ANALYTIC)


def test_a_backup_that_does_it_every_night_stays_medium(made: Any) -> None:
    for day in range(20):
        opens(made, day, "c:\\program files\\backup\\backup.exe", CHROME, EDGE, FIREFOX)
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.MEDIUM}


def test_the_browsers_themselves_are_silent(made: Any) -> None:
    opens(made, 9, "c:\\program files\\google\\chrome\\application\\chrome.exe", CHROME)
    opens(made, 9, "c:\\program files\\mozilla firefox\\firefox.exe", FIREFOX)
    assert not made.sight(ANALYTIC)
