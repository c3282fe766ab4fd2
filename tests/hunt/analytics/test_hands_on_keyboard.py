from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.hands_on_keyboard import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"
SYSTEM = "c:\\windows\\system32\\"


def typed(made: Any, device: str, *commands: str, parent: str = HOME + "phone.exe", minutes: float = 2) -> None:
    """Start a shell from the product, and commands from the shell."""
    made.start(
        5, device, SYSTEM + "cmd.exe", parent_image=parent, parent_guid=f"p-{device}", process_guid=f"s-{device}"
    )
    for number, command in enumerate(commands, 1):
        made.start(
            5 + number * minutes / 1440, device, SYSTEM + command, parent_image=SYSTEM + "cmd.exe",
            parent_guid=f"s-{device}", process_guid=f"{number}-{device}",
        )  # fmt: skip


def product(made: Any, kit: Any, devices: int = 4) -> Any:
    for number in range(devices):
        made.start(0, f"pc{number}", HOME + "phone.exe", parent_image="c:\\windows\\explorer.exe")
        made.start(1, f"pc{number}", "c:\\browser.exe", parent_image=HOME + "phone.exe")
    return kit.manifest(("Phone.exe", kit.sha("a")))


def test_three_commands_below_a_shell_of_the_product(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    typed(made, "pc1", "whoami.exe", "ipconfig.exe", "nltest.exe")
    found = made.sight(ANALYTIC, lead)
    assert {each.detail for each in found} == {"whoami.exe", "ipconfig.exe", "nltest.exe"}
    assert {each.severity for each in found} == {Severity.HIGH}
    assert {each.process for each in found} == {HOME + "phone.exe"}
    assert {each.scores["depth"] for each in found} == {2.0}


def test_two_commands_or_the_same_thrice_are_not(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    typed(made, "pc1", "whoami.exe", "ipconfig.exe")
    typed(made, "pc2", "whoami.exe", "whoami.exe", "whoami.exe")
    typed(made, "pc3", "whoami.exe", "ipconfig.exe", "nltest.exe", minutes=90)
    assert not made.sight(ANALYTIC, lead)


def test_an_admins_own_shell_is_not(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    typed(made, "pc1", "whoami.exe", "ipconfig.exe", "nltest.exe", parent="c:\\windows\\explorer.exe")
    assert not made.sight(ANALYTIC, lead)


def test_a_diagnosis_that_the_product_runs_everywhere_is_medium(made: Any, kit: Any) -> None:
    lead = product(made, kit)
    for number in range(3):
        typed(made, f"pc{number}", "whoami.exe", "ipconfig.exe", "systeminfo.exe")
    assert {each.severity for each in made.sight(ANALYTIC, lead)} == {Severity.MEDIUM}
