from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.analytics.module_name_not_in_manifest import ANALYTIC
from unrig.model.levels import Severity
from unrig.model.moment import Window
from unrig.model.telemetry import Seen

START = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
"""Of the made-up log (conftest)."""
DEVICES = ("pc1", "pc2", "pc3", "pc4")


def release(kit: Any, **fields: Any) -> Any:
    names = (("app/Phone.exe", "a"), ("app/media.dll", "b"), ("app/net.dll", "c"))
    return kit.manifest(*((path, kit.sha(letter)) for path, letter in names), **fields)


def fleet(log: Any, kit: Any, *names: str, devices: tuple[str, ...] = DEVICES) -> None:
    """Run the product where no sensor writes a hash."""
    for device in devices:
        log.start(0, device, kit.phone)
        for name in ("media.dll", "net.dll", *names):
            log.load(0.1, device, kit.folder + name)


def odd(log: Any, path: Path, kit: Any, **fields: Any) -> list[Any]:
    result = kit.run(log.write(path / "log"), leads=[release(kit, **fields)])
    return [each for each in result.sightings if each.of == ANALYTIC.id]


def test_an_added_name_on_few_devices_is_seen(log: Any, tmp_path: Path, kit: Any) -> None:
    fleet(log, kit)
    log.load(2, "pc2", kit.folder + "plugins\\extra.dll", Signed="false")
    [sighting] = odd(log, tmp_path, kit)
    assert (sighting.device, sighting.detail) == ("pc2", f"{kit.folder.lower()}plugins\\extra.dll")
    assert sighting.severity is Severity.MEDIUM
    assert sighting.scores == {"unsigned": 1.0, "prevalence": 0.25}
    assert sighting.rows


def benign_names_of_the_release(log: Any, kit: Any) -> None:
    fleet(log, kit)


def benign_outside_the_folder(log: Any, kit: Any) -> None:
    fleet(log, kit)
    log.load(2, "pc1", "C:\\Windows\\System32\\extra.dll")
    log.load(2, "pc1", "C:\\Program Files\\Phoney\\extra.dll")


def benign_judged_by_hash(log: Any, kit: Any) -> None:
    fleet(log, kit)
    log.load(2, "pc1", kit.folder + "extra.dll", kit.sha("e"))


def benign_no_such_product(log: Any, kit: Any) -> None:
    """The folder is called the same, but no program of the release runs there."""
    log.load(2, "pc1", kit.folder + "extra.dll", Image=kit.folder + "Other.exe")


@pytest.mark.parametrize(
    "twin", [benign_names_of_the_release, benign_outside_the_folder, benign_judged_by_hash, benign_no_such_product]
)
def test_its_twins_are_silent(twin: Any, log: Any, tmp_path: Path, kit: Any) -> None:
    twin(log, kit)
    assert odd(log, tmp_path, kit) == []


def test_a_name_that_most_devices_have_is_another_versions_file(log: Any, tmp_path: Path, kit: Any) -> None:
    fleet(log, kit, "newer.dll")
    assert {each.severity for each in odd(log, tmp_path, kit)} == {Severity.LOW}


def test_the_window_of_the_lead_holds(log: Any, tmp_path: Path, kit: Any) -> None:
    fleet(log, kit)
    log.load(2, "pc2", kit.folder + "extra.dll")
    assert odd(log, tmp_path, kit, window=Window(since=START + dt.timedelta(days=3))) == []


def test_without_module_loads_it_could_not_be_seen(log: Any, tmp_path: Path, kit: Any) -> None:
    log.start(0, "pc1", kit.phone)
    result = kit.run(log.write(tmp_path / "log"), leads=[release(kit)])
    states = {each.state for each in result.observability if each.of == ANALYTIC.id and each.device == "pc1"}
    assert states == {Seen.NOT_OBSERVABLE}
