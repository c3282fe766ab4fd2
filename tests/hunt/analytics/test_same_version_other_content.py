from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.same_version_other_content import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\users\\ann\\phone\\"


def load(made: Any, kit: Any, day: float, device: str, letter: str, *, version: str = "1.0", **columns: Any) -> None:
    made.add(
        "module_load", day, device, image=HOME + "phone.exe", module=columns.pop("module", HOME + "media.dll"),
        sha256=kit.sha(letter), file_version=version, **{"signed": True, "signature_status": "valid"} | columns,
    )  # fmt: skip


def test_a_signed_module_that_newly_is_unsigned_is_medium(made: Any, kit: Any) -> None:
    load(made, kit, 0, "pc1", "a")
    load(made, kit, 5, "pc1", "b", signed=False)
    [sighting] = made.sight(ANALYTIC)
    assert (sighting.severity, sighting.scores["same_device"], sighting.scores["share"]) == (Severity.MEDIUM, 1.0, 0.5)


def test_over_two_devices_and_two_users_folders(made: Any, kit: Any) -> None:
    load(made, kit, 0, "pc1", "a")
    load(made, kit, 5, "pc2", "b", module="c:\\users\\bob\\phone\\media.dll")
    assert [(each.device, each.severity) for each in made.sight(ANALYTIC)] == [("pc2", Severity.LOW)]


def test_a_new_version_another_path_and_no_version_are_not(made: Any, kit: Any) -> None:
    load(made, kit, 0, "pc1", "a")
    load(made, kit, 5, "pc1", "b", version="1.1")
    load(made, kit, 5, "pc1", "c", module="d:\\media.dll")
    load(made, kit, 0, "pc2", "d", version="-")
    load(made, kit, 5, "pc2", "e", version="-")
    assert not made.sight(ANALYTIC)


def test_what_was_never_signed_is_low(made: Any, kit: Any) -> None:
    load(made, kit, 0, "pc1", "a", signed=False)
    load(made, kit, 5, "pc1", "b", signed=False)
    assert [each.severity for each in made.sight(ANALYTIC)] == [Severity.LOW]
