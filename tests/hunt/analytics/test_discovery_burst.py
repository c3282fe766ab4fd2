from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.discovery_burst import ANALYTIC
from unrig.model.levels import Severity

COMMANDS = ("whoami.exe", "ipconfig.exe", "nltest.exe", "tasklist.exe")


def burst(made: Any, day: float, *commands: str, parent: str = "c:\\windows\\system32\\cmd.exe") -> None:
    for number, command in enumerate(commands):
        made.start(day + number / 2880, "pc1", "c:\\windows\\system32\\" + command, parent_image=parent)


def test_four_commands_in_two_minutes(made: Any) -> None:
    burst(made, 3, *COMMANDS)
    found = made.sight(ANALYTIC)
    assert {(each.severity, each.scores["commands"]) for each in found} == {(Severity.MEDIUM, 4.0)}


def test_three_commands_or_four_parents_are_not(made: Any) -> None:
    burst(made, 3, *COMMANDS[:3])
    for number, command in enumerate(COMMANDS):
        burst(made, 5, command, parent=f"c:\\{number}.exe")
    assert not made.sight(ANALYTIC)


def test_an_inventory_that_runs_every_day_is_low(made: Any) -> None:
    for day in range(5):
        burst(made, day, *COMMANDS, parent="c:\\program files\\inventory\\agent.exe")
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}
