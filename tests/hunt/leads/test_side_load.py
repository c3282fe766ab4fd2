from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.leads.side_load import LEAD_KIND, needs
from unrig.model.lead import SideLoadLead
from unrig.model.levels import Severity

PHONE = "c:\\program files\\phone\\phone.exe"


def lead(*folders: str) -> SideLoadLead:
    return SideLoadLead(id="s", program="Phone.exe", module="Media.dll", folders=folders)


def load(made: Any, module: str, image: str = PHONE, **columns: Any) -> None:
    made.add("module_load", 0, "pc1", image=image, module=module, **columns)


@pytest.mark.parametrize("folder", ["", "C:\\Program Files\\Phone", "phone", "Program Files/Phone/"])
def test_a_load_from_one_of_the_folders(folder: str, made: Any) -> None:
    load(made, "c:\\program files\\phone\\media.dll", signed=True, signature_status="valid")
    [sighting] = made.sight(LEAD_KIND, lead(folder) if folder else lead())
    assert (sighting.severity, sighting.process) == (Severity.MEDIUM, PHONE)


@pytest.mark.parametrize("signature", [{"signed": False}, {"signed": True, "signature_status": "revoked"}])
def test_a_module_that_nobody_vouches_for_is_high(signature: Any, made: Any) -> None:
    load(made, "c:\\program files\\phone\\media.dll", **signature)
    assert [each.severity for each in made.sight(LEAD_KIND, lead())] == [Severity.HIGH]


def test_other_folders_programs_and_names_are_not(made: Any) -> None:
    load(made, "c:\\windows\\system32\\media.dll")
    load(made, "c:\\program files\\smartphone\\media.dll")
    load(made, "c:\\program files\\phone\\media.dll", image="c:\\other.exe")
    load(made, "c:\\program files\\phone\\multimedia.dll")
    assert not made.sight(LEAD_KIND, lead("phone"))


def test_a_lead_without_a_module_asks_nothing() -> None:
    assert needs(SideLoadLead(id="s", program="a.exe", module="", folders=())) == ()
