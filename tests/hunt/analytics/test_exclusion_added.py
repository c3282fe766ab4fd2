from __future__ import annotations

import os
import tarfile
from pathlib import Path
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


def test_real_logs_show_it(tmp_path: Path, kit: Any) -> None:
    corpora = os.environ.get("UNRIG_CORPORA")
    if not corpora:
        pytest.skip("UNRIG_CORPORA is not set")
    with tarfile.open(Path(corpora) / "evtx-to-mitre.tar.xz") as archive:
        for member in archive:
            if "Defender" in member.name and "exclusion" in member.name and (file := archive.extractfile(member)):
                (tmp_path / Path(member.name).name).write_bytes(file.read())
    found = [each for each in kit.run(str(tmp_path)).sightings if each.of == ANALYTIC.id]
    assert len({each.device for each in found}) == 2
    assert any("mimikatz" in each.detail for each in found)
