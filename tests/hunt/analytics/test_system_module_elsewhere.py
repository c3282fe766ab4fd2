from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.system_module_elsewhere import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"
SIGNED = {"signed": True, "signature_status": "valid"}


def load(made: Any, device: str, module: str, image: str = HOME + "phone.exe", **columns: Any) -> None:
    made.add("module_load", 1, device, image=image, module=module, **SIGNED | columns)


def fleet(made: Any) -> None:
    for number in range(10):
        load(made, f"pc{number}", "c:\\windows\\system32\\version.dll")


def test_a_name_of_the_systems_beside_a_program(made: Any) -> None:
    fleet(made)
    load(made, "pc1", HOME + "version.dll", signed=False)
    load(made, "pc2", HOME + "version.dll")
    found = {each.device: each.severity for each in made.sight(ANALYTIC)}
    assert found == {"pc1": Severity.MEDIUM, "pc2": Severity.LOW}


def test_names_of_ones_own_and_the_systems_other_folders_are_not(made: Any) -> None:
    fleet(made)
    load(made, "pc1", HOME + "media.dll", signed=False)
    load(made, "pc1", "c:\\windows\\winsxs\\amd64_x\\version.dll")
    load(made, "pc1", "c:\\windows\\version.dll")
    assert not made.sight(ANALYTIC)


def test_a_signed_runtime_that_the_product_ships_is_not(made: Any) -> None:
    fleet(made)
    for number in range(8):
        load(made, f"pc{number}", HOME + "version.dll")
    assert not made.sight(ANALYTIC)
