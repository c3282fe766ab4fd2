from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.module_signed_otherwise import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"


def load(made: Any, device: str, name: str = "extra.dll", home: str = HOME, **signature: Any) -> None:
    made.add("module_load", 1, device, image=HOME + "phone.exe", module=home + name, **signature)


def fleet(made: Any, devices: int = 10) -> None:
    for number in range(devices):
        made.runs(0, f"pc{number}", HOME + "phone.exe")
        load(made, f"pc{number}", "media.dll", signed=True, signature_status="valid", signer="phone ltd")


def test_an_unsigned_module_on_one_device_is_medium_another_signer_low(made: Any) -> None:
    fleet(made)
    load(made, "pc1", signed=False)
    load(made, "pc2", "plugin.dll", signed=True, signature_status="valid", signer="someone else")
    found = {each.device: each for each in made.sight(ANALYTIC)}
    assert {device: each.severity for device, each in found.items()} == {"pc1": Severity.MEDIUM, "pc2": Severity.LOW}
    assert found["pc1"].scores["prevalence"] == 0.1


def test_what_is_on_all_devices_and_what_lies_elsewhere_is_not(made: Any) -> None:
    fleet(made)
    for number in range(10):
        load(made, f"pc{number}", signed=False)
    load(made, "pc1", "shell.dll", home="c:\\other\\", signed=False)
    assert not made.sight(ANALYTIC)


def test_few_devices_in_all_say_nothing(made: Any) -> None:
    fleet(made, devices=4)
    load(made, "pc1", signed=False)
    assert not made.sight(ANALYTIC)
