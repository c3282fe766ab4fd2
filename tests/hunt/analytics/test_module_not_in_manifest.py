from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.analytics.module_not_in_manifest import ANALYTIC
from unrig.model.levels import Severity
from unrig.model.telemetry import Seen


def release(kit: Any) -> Any:
    return kit.manifest(
        ("app/Phone.exe", kit.sha("a")),
        ("app/media.dll", kit.sha("b")),
        ("app/net.dll", kit.sha("c")),
        ("app/ui.dll", kit.sha("d")),
    )


def run_release(log: Any, device: str, kit: Any, folder: str = "") -> None:
    folder = folder or kit.folder
    log.start(0, device, folder + "Phone.exe", kit.sha("a"))
    for name, letter in [("media", "b"), ("net", "c"), ("ui", "d")]:
        log.load(0.1, device, f"{folder}{name}.dll", kit.sha(letter), Image=folder + "Phone.exe")


def odd(result: Any) -> list[Any]:
    return [each for each in result.sightings if each.of == ANALYTIC.id]


def test_a_module_that_the_release_does_not_have_is_seen(log: Any, tmp_path: Path, kit: Any) -> None:
    for device in ("pc1", "pc2", "pc3", "pc4"):
        run_release(log, device, kit)
    log.load(2, "pc1", kit.folder + "plugins\\extra.dll", kit.sha("e"), Signed="false")
    log.load(3, "pc1", kit.folder + "plugins\\extra.dll", kit.sha("e"), Signed="false")
    [sighting] = odd(kit.run(log.write(tmp_path / "log"), leads=[release(kit)]))
    assert (sighting.device, sighting.detail, sighting.count) == ("pc1", f"{kit.folder.lower()}plugins\\extra.dll", 2)
    assert sighting.severity is Severity.HIGH
    assert sighting.scores == {"replaces": 0.0, "unsigned": 1.0, "agreement": 1.0, "prevalence": 0.25}
    assert sighting.techniques == ANALYTIC.techniques


def test_a_file_of_the_release_with_other_bytes_is_the_worst(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit)
    log.load(2, "pc1", kit.folder + "media.dll", kit.sha("e"))
    [sighting] = odd(kit.run(log.write(tmp_path / "log"), leads=[release(kit)]))
    assert (sighting.severity, sighting.scores["replaces"], sighting.scores["agreement"]) == (Severity.HIGH, 1.0, 0.8)


def test_a_signed_addition_is_milder(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit)
    log.load(2, "pc1", kit.folder + "codec.dll", kit.sha("e"), Signed="true")
    log.load(2, "pc1", kit.folder + "blank.dll", kit.sha("f"), Signed=None)
    assert {each.severity for each in odd(kit.run(log.write(tmp_path / "log"), leads=[release(kit)]))} == {
        Severity.MEDIUM
    }


def benign_right_hash(log: Any, kit: Any) -> None:
    run_release(log, "pc1", kit)


def benign_other_version(log: Any, kit: Any) -> None:
    log.start(0, "pc1", kit.phone, kit.sha("1"))
    for name, letter in [("media", "2"), ("net", "3"), ("new", "4")]:
        log.load(0.1, "pc1", f"{kit.folder}{name}.dll", kit.sha(letter))


def benign_update_in_place(log: Any, kit: Any) -> None:
    run_release(log, "pc1", kit)
    log.start(5, "pc1", kit.phone, kit.sha("1"))
    for name, letter in [("media", "2"), ("net", "3"), ("ui", "4")]:
        log.load(5.1, "pc1", f"{kit.folder}{name}.dll", kit.sha(letter))


def benign_update_of_few_files(log: Any, kit: Any) -> None:
    """Most files stay as they were: only the program and one library are new, and the old ones ran before."""
    log.start(0, "pc1", kit.phone, kit.sha("1"))
    log.load(0.1, "pc1", kit.folder + "media.dll", kit.sha("2"))
    log.load(0.1, "pc1", kit.folder + "net.dll", kit.sha("c"))
    log.load(0.1, "pc1", kit.folder + "ui.dll", kit.sha("d"))
    log.start(5, "pc1", kit.phone, kit.sha("a"))
    log.load(5.1, "pc1", kit.folder + "media.dll", kit.sha("b"))
    log.start(9, "pc1", kit.phone, kit.sha("3"))
    log.load(9.1, "pc1", kit.folder + "media.dll", kit.sha("4"))
    log.load(9.1, "pc1", kit.folder + "extra.dll", kit.sha("5"))


def benign_system_module(log: Any, kit: Any) -> None:
    run_release(log, "pc1", kit)
    log.load(1, "pc1", "C:\\Windows\\System32\\ntdll.dll", kit.sha("1"))
    log.load(1, "pc1", "C:\\Program Files\\Phoney\\other.dll", kit.sha("2"))


def benign_versions_side_by_side(log: Any, kit: Any) -> None:
    run_release(log, "pc1", kit, "C:\\Users\\ann\\Phone\\app-1.0\\")
    folder = "C:\\Users\\ann\\Phone\\app-1.1\\"
    log.start(5, "pc1", folder + "Phone.exe", kit.sha("1"))
    log.load(5, "pc1", folder + "media.dll", kit.sha("2"), Image=folder + "Phone.exe")
    log.load(5, "pc1", folder + "new.dll", kit.sha("3"), Image=folder + "Phone.exe")


def benign_no_hash(log: Any, kit: Any) -> None:
    run_release(log, "pc1", kit)
    log.load(1, "pc1", kit.folder + "extra.dll")


def benign_download_folder(log: Any, kit: Any) -> None:
    """A single file of the release stands among unrelated ones."""
    log.start(0, "pc1", "C:\\Users\\ann\\Downloads\\Phone.exe", kit.sha("a"))
    log.start(1, "pc1", "C:\\Users\\ann\\Downloads\\game.exe", kit.sha("9"))


@pytest.mark.parametrize(
    "twin",
    [
        benign_right_hash,
        benign_other_version,
        benign_update_in_place,
        benign_update_of_few_files,
        benign_system_module,
        benign_versions_side_by_side,
        benign_no_hash,
        benign_download_folder,
    ],
)
def test_what_looks_alike_but_is_innocent_is_not_seen(twin: Any, log: Any, tmp_path: Path, kit: Any) -> None:
    twin(log, kit)
    assert not odd(kit.run(log.write(tmp_path / "log"), leads=[release(kit)]))


def test_a_file_replaced_while_the_release_runs_is_told_from_an_update(log: Any, tmp_path: Path, kit: Any) -> None:
    benign_update_of_few_files(log, kit)
    log.load(6, "pc1", kit.folder + "net.dll", kit.sha("e"))
    [sighting] = odd(kit.run(log.write(tmp_path / "log"), leads=[release(kit)]))
    assert (sighting.detail, sighting.scores["replaces"]) == (kit.folder.lower() + "net.dll", 1.0)


def test_without_starts_of_programs_the_majority_of_names_tells_the_version(log: Any, tmp_path: Path, kit: Any) -> None:
    for name, letter in [("media", "b"), ("net", "c"), ("ui", "d"), ("extra", "e")]:
        log.load(0.1, "pc1", f"{kit.folder}{name}.dll", kit.sha(letter))
    for name, letter in [("media", "2"), ("net", "3"), ("ui", "d"), ("extra", "e")]:
        log.load(0.1, "pc2", f"{kit.folder}{name}.dll", kit.sha(letter))
    found = odd(kit.run(log.write(tmp_path / "log"), leads=[release(kit)]))
    assert [(each.device, each.detail) for each in found] == [("pc1", kit.folder.lower() + "extra.dll")]


def test_without_a_manifest_it_is_not_asked(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit)
    result = kit.run(log.write(tmp_path / "log"))
    assert ANALYTIC.id in {each.rule for each in result.not_evaluated}
    assert ANALYTIC.id not in {each.of for each in result.observability}


def test_a_device_without_module_loads_could_not_have_shown_it(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit)
    log.start(0, "pc2", kit.phone, kit.sha("a"))
    log.load(0, "pc3", kit.folder + "media.dll")
    result = kit.run(log.write(tmp_path / "log"), leads=[release(kit)])
    answers = {each.device: each for each in result.observability if each.of == ANALYTIC.id}
    assert {device: each.state for device, each in answers.items()} == {
        "pc1": Seen.NOT_SEEN,
        "pc2": Seen.NOT_OBSERVABLE,
        "pc3": Seen.NOT_OBSERVABLE,
    }
    assert answers["pc2"].why == "no module_load events"
    assert "Sysmon event 7" in answers["pc2"].remedy
    assert answers["pc3"].why == "never filled: module_load.sha256"
    assert answers["pc3"].remedy == "add SHA256 to Sysmon's HashAlgorithms"
    assert answers["pc1"].power == "3 module_load events, 3 with module"
    assert not result.complete
