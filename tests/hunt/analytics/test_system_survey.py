from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.system_survey import ANALYTIC
from unrig.model.levels import Severity

PHONE = "c:\\program files\\phone\\phone.exe"


def ask(made: Any, day: float, *lines: str, parent: str = PHONE) -> None:
    for number, line in enumerate(lines):
        made.start(day + number / 86400, "pc1", "c:\\windows\\system32\\cmd.exe", line, parent_image=parent)


def test_three_traits_in_seconds(made: Any) -> None:
    ask(made, 2, "cmd /c systeminfo", "cmd /c whoami /all", "wmic csproduct get uuid")
    found = made.sight(ANALYTIC)
    assert {each.detail for each in found} == {"version", "users", "machine"}
    assert {(each.severity, each.process) for each in found} == {(Severity.MEDIUM, PHONE)}


def test_one_script_that_asks_for_all(made: Any) -> None:
    text = (
        "Get-WmiObject Win32_OperatingSystem; Get-WmiObject Win32_BIOS; Get-CimInstance -Namespace root/SecurityCenter2"
    )
    made.add("script", 2, "pc1", action="block", text=text, path="c:\\temp\\a.ps1")
    assert {each.scores["traits"] for each in made.sight(ANALYTIC)} == {3.0}


def test_two_traits_or_hours_between_are_not(made: Any) -> None:
    ask(made, 2, "cmd /c systeminfo", "cmd /c ver & systeminfo", "cmd /c whoami")
    for hour, line in enumerate(("systeminfo", "whoami", "ipconfig /all")):
        ask(made, 4 + hour / 24, line)
    assert not made.sight(ANALYTIC)


def test_a_support_script_of_every_day_is_low(made: Any) -> None:
    for day in range(4):
        ask(made, day, "systeminfo", "whoami", "ipconfig /all", parent="c:\\program files\\support\\agent.exe")
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}
