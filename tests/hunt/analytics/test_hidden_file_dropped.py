from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.hidden_file_dropped import ANALYTIC
from unrig.model.levels import Severity

HOME = "/applications/phone.app/contents/macos/"


def write(made: Any, day: float, target: str, image: str = HOME + "phone.exe") -> None:
    made.add("file", day, "mac1", action="create", image=image, target=target)


def product(made: Any, kit: Any) -> Any:
    for day in range(12):
        made.start(day, "mac1", HOME + "phone.exe")
        write(made, day, "/users/ann/library/application support/phone/log.txt")
    return kit.manifest(("Phone.exe", kit.sha("a")))


def test_a_hidden_file_after_weeks_is_medium_and_an_old_habit_low(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    write(made, 11, "/users/ann/library/application support/phone/.session")
    assert [each.severity for each in made.sight(ANALYTIC, lead)] == [Severity.MEDIUM]
    write(made, 1, "/users/ann/.phonerc")
    assert {each.severity for each in made.sight(ANALYTIC, lead)} == {Severity.LOW}


def test_what_systems_leave_and_other_programs_write_is_not(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    write(made, 11, "/users/ann/.ds_store")
    write(made, 11, "/users/ann/.vimrc", image="/usr/bin/vim")
    assert not made.sight(ANALYTIC, lead)
