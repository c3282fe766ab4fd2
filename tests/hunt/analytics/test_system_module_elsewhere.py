from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.system_module_elsewhere import ANALYTIC
from unrig.model.levels import Severity
from unrig.model.rule import Hijackable

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


PACK = {
    "userenv.dll": Hijackable(pack="HijackLibs", vendor="Microsoft", programs=("phone.exe",)),
    "libvlc.dll": Hijackable(pack="HijackLibs", vendor="VideoLAN", programs=("vlc.exe",)),
}


def test_a_pack_knows_names_that_nobody_loaded_from_the_systems_folder(made: Any) -> None:
    fleet(made)
    load(made, "pc1", HOME + "userenv.dll", signed=False)
    load(made, "pc2", HOME + "userenv.dll", image=HOME + "other.exe", signed=False)
    load(made, "pc3", HOME + "version.dll", signed=False)
    found = {each.device: (each.severity, each.scores) for each in made.sight(ANALYTIC, hijackable=PACK)}
    assert {device: severity for device, (severity, _) in found.items()} == dict.fromkeys(
        ("pc1", "pc2", "pc3"), Severity.MEDIUM
    )
    told = {device: (scores["listed"], scores["hindsight"]) for device, (_, scores) in found.items()}
    assert told == {"pc1": (1, 1), "pc2": (0, 1), "pc3": (0, 0)}


def test_of_other_vendors_libraries_an_unsigned_one_beside_the_listed_program_is_told(made: Any) -> None:
    vlc, folder = "c:\\users\\ann\\vlc.exe", "c:\\users\\ann\\"
    load(made, "pc1", folder + "libvlc.dll", image=vlc, signed=False)
    load(made, "pc2", folder + "libvlc.dll", image=vlc)
    load(made, "pc3", folder + "libvlc.dll", image=folder + "player.exe", signed=False)
    assert [each.device for each in made.sight(ANALYTIC, hijackable=PACK)] == ["pc1"]
    assert not made.sight(ANALYTIC)
