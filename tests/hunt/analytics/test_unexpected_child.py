from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.unexpected_child import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"
SHELL = "c:\\windows\\system32\\cmd.exe"


def fleet(made: Any, kit: Any, devices: int = 10, days: int = 20) -> Any:
    for number in range(devices):
        for day in range(0, days, 4):
            made.start(day, f"pc{number}", HOME + "phone.exe", parent_image="c:\\windows\\explorer.exe")
            made.start(day + 0.1, f"pc{number}", HOME + "helper.exe", parent_image=HOME + "phone.exe")
    return kit.manifest(("Phone.exe", kit.sha("a")), ("Helper.exe", kit.sha("b")))


def child(made: Any, day: float, device: str, image: str, parent: str = HOME + "phone.exe") -> None:
    made.start(day, device, image, parent_image=parent)


def test_a_shell_on_few_devices_after_weeks_is_high(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    child(made, 15, "pc3", SHELL)
    [sighting] = made.sight(ANALYTIC, lead)
    assert (sighting.device, sighting.severity, sighting.detail) == ("pc3", Severity.HIGH, SHELL)
    assert sighting.scores == {"days_of_history": 15.0, "prevalence": 0.1, "command": 1.0}


def test_the_updater_below_the_folder_counts_as_the_product(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    child(made, 15, "pc3", SHELL, parent=HOME + "app-1\\updater.exe")
    assert len(made.sight(ANALYTIC, lead)) == 1


def test_what_a_new_version_does_everywhere_is_medium(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    for number in range(8):
        child(made, 15, f"pc{number}", SHELL)
    assert {each.severity for each in made.sight(ANALYTIC, lead)} == {Severity.MEDIUM}


def test_what_it_always_did_and_what_others_do_is_low_or_silent(made: Any, kit: Any) -> None:
    lead = fleet(made, kit)
    child(made, 1, "pc1", SHELL)
    child(made, 15, "pc1", "c:\\program files\\browser\\browser.exe")
    child(made, 15, "pc2", SHELL, parent="c:\\windows\\explorer.exe")
    assert {(each.device, each.severity) for each in made.sight(ANALYTIC, lead)} == {("pc1", Severity.LOW)}


def test_its_own_helpers_are_silent(made: Any, kit: Any) -> None:
    assert not made.sight(ANALYTIC, fleet(made, kit))
