from __future__ import annotations

from typing import Any

from unrig.hunt.analytics.prevalence_inversion import ANALYTIC
from unrig.model.levels import Severity

HOME = "c:\\program files\\phone\\"
GOOD = {"signed": True, "signature_status": "valid", "signer": "phone ltd"}
BARE: dict[str, Any] = {"signed": False}


def fleet(made: Any, kit: Any, *signatures: dict[str, Any], devices: int = 10, step: float = 0.3) -> None:
    before, after = signatures
    for number in range(devices):
        device = f"pc{number}"
        made.runs(0, device, HOME + "phone.exe", sha256=kit.sha("a"))
        made.add(
            "module_load", 1, device, image=HOME + "phone.exe", module=HOME + "media.dll", sha256=kit.sha("b"), **before
        )
        made.add(
            "module_load", 20 + number * step, device, image=HOME + "phone.exe", module=HOME + "media.dll",
            sha256=kit.sha("c"), **after,
        )  # fmt: skip


def test_an_unsigned_successor_of_a_signed_module_on_all_devices(made: Any, kit: Any) -> None:
    fleet(made, kit, GOOD, BARE)
    found = made.sight(ANALYTIC)
    assert len(found) == 10
    assert {(each.severity, each.scores["share"]) for each in found} == {(Severity.MEDIUM, 1.0)}


def test_another_signer_is_low(made: Any, kit: Any) -> None:
    fleet(made, kit, GOOD, GOOD | {"signer": "someone else"})
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}


def test_a_suppliers_library_that_was_never_signed_is_low(made: Any, kit: Any) -> None:
    fleet(made, kit, BARE, BARE)
    assert {each.severity for each in made.sight(ANALYTIC)} == {Severity.LOW}


def test_a_good_new_version_is_silent(made: Any, kit: Any) -> None:
    fleet(made, kit, GOOD, GOOD)
    assert not made.sight(ANALYTIC)


def test_few_devices_or_weeks_of_spreading_are_silent(made: Any, kit: Any) -> None:
    fleet(made, kit, GOOD, BARE, devices=4)
    assert not made.sight(ANALYTIC)
    fleet(made, kit, GOOD, BARE, step=1.5)
    assert not made.sight(ANALYTIC)
