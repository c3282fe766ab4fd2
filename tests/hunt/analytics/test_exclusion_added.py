from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.analytics.exclusion_added import ANALYTIC
from unrig.model.levels import Severity

FOLDER = "c:\\program files\\phone"
KEY = "hklm\\software\\microsoft\\windows defender\\exclusions\\paths\\" + FOLDER


def by_registry(made: Any) -> None:
    made.add("registry", 0, "pc1", action="setvalue", image="c:\\msmpeng.exe", target=KEY)


def by_event(made: Any) -> None:
    made.add("exclusion", 0, "pc1", action="change", value=KEY)


def by_list(made: Any) -> None:
    made.add("exclusion", 0, "pc1", action="listed", kind="path", value=FOLDER)


def by_command(made: Any) -> None:
    made.start(0, "pc1", "c:\\powershell.exe", f'powershell Add-MpPreference -ExclusionPath "{FOLDER}"')


def by_script(made: Any) -> None:
    made.add("script", 0, "pc1", action="block", text=f"Set-MpPreference -ExclusionPath '{FOLDER}'")


@pytest.mark.parametrize("way", [by_registry, by_event, by_list, by_command, by_script])
def test_every_way_to_exclude(way: Any, made: Any) -> None:
    way(made)
    [sighting] = made.sight(ANALYTIC)
    assert sighting.severity is Severity.MEDIUM
    assert "phone" in sighting.detail


def test_other_settings_are_not(made: Any) -> None:
    made.add("registry", 0, "pc1", action="setvalue", target="hklm\\software\\microsoft\\windows defender\\features\\x")
    made.add("registry", 0, "pc1", action="deletevalue", target=KEY)
    made.add("exclusion", 0, "pc1", action="change", value="hklm\\software\\microsoft\\windows defender\\scan\\day = 1")
    made.start(0, "pc1", "c:\\powershell.exe", "powershell Get-MpPreference")
    assert not made.sight(ANALYTIC)
