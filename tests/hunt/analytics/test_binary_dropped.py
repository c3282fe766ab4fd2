from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.binary_dropped import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"


def write(made: Any, day: float, device: str, target: str, action: str = "create") -> None:
    made.add("file", day, device, action=action, image=HOME + "phone.exe", target=target)


def product(made: Any, kit: Any) -> Any:
    for number in range(10):
        for day in (0, 12):
            made.start(day, f"pc{number}", HOME + "phone.exe")
            write(made, day, f"pc{number}", "c:\\users\\ann\\phone.log")
    return kit.manifest(("Phone.exe", kit.sha("a")))


def test_a_program_elsewhere_on_one_device_after_weeks(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    write(made, 11, "pc3", "c:\\windows\\temp\\svc.dll")
    write(made, 11, "pc4", "c:\\users\\ann\\data.bin", action="executable")
    assert {(each.device, each.severity) for each in made.sight(ANALYTIC, lead)} == {
        ("pc3", Severity.LOW),
        ("pc4", Severity.LOW),
    }  # two of ten are not few


def test_on_one_of_ten_it_is_medium(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    write(made, 11, "pc3", "c:\\windows\\temp\\svc.dll")
    [sighting] = made.sight(ANALYTIC, lead)
    assert (sighting.severity, sighting.scores["prevalence"]) == (Severity.MEDIUM, 0.1)


def test_an_updater_in_its_own_folder_is_silent_and_in_temp_low(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    write(made, 11, "pc3", HOME + "app-2\\phone.exe")
    assert not made.sight(ANALYTIC, lead)
    write(made, 1, "pc3", "c:\\users\\ann\\temp\\phone-2.exe")
    assert {each.severity for each in made.sight(ANALYTIC, lead)} == {Severity.LOW}
