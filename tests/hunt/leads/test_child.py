from __future__ import annotations

import datetime as dt
from typing import Any

from unrig.hunt.leads.child import LEAD_KIND, needs
from unrig.model.lead import ChildLead
from unrig.model.levels import Severity
from unrig.model.moment import Window

PHONE = "c:\\program files\\phone\\phone.exe"


def lead(**fields: Any) -> ChildLead:
    return ChildLead(id="c", parent="Phone.exe", expected=("Phone.exe", "CrashHandler.exe"), **fields)


def started(made: Any, child: str, parent: str = PHONE, day: float = 0) -> None:
    made.start(day, "pc1", child, parent_image=parent)


def test_a_shell_is_high_and_another_program_medium(made: Any) -> None:
    started(made, "c:\\windows\\system32\\cmd.exe")
    started(made, "c:\\program files\\phone\\helper.exe")
    found = made.sight(LEAD_KIND, lead())
    assert [(each.severity, each.detail.rpartition("\\")[2]) for each in found] == [
        (Severity.HIGH, "cmd.exe"),
        (Severity.MEDIUM, "helper.exe"),
    ]
    assert {each.process for each in found} == {PHONE}


def test_expected_children_and_those_of_others_are_not(made: Any) -> None:
    started(made, "d:\\anywhere\\crashhandler.exe")
    started(made, PHONE)
    started(made, "c:\\windows\\system32\\cmd.exe", parent="c:\\windows\\explorer.exe")
    made.add("process", 0, "pc1", action="stop", image="c:\\x.exe", parent_image=PHONE)
    assert not made.sight(LEAD_KIND, lead())


def test_only_in_its_window(made: Any, kit: Any) -> None:
    started(made, "c:\\x.exe", day=0)
    assert not made.sight(LEAD_KIND, lead(window=Window(since=kit.start + dt.timedelta(days=1))))


def test_a_lead_that_expects_nothing_and_one_without_a_parent(made: Any) -> None:
    started(made, "c:\\x.exe")
    assert len(made.sight(LEAD_KIND, ChildLead(id="c", parent=PHONE, expected=()))) == 1
    assert needs(ChildLead(id="c", parent="", expected=())) == ()
