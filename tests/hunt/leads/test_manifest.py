from __future__ import annotations

from pathlib import Path
from typing import Any

from unrig.model.levels import Severity


def release(kit: Any, **options: Any) -> Any:
    return kit.manifest(
        ("phone.msi!/app/Phone.exe", kit.sha("a")),
        ("phone.msi!/app/media.dll", kit.sha("b")),
        ("phone.msi!/app/net.dll", kit.sha("c")),
        **options,
    )


def details(result: Any) -> list[tuple[str, str, Severity]]:
    return [(each.device, each.detail, each.severity) for each in result.sightings if each.of == "m-lead"]


def run_release(log: Any, device: str, kit: Any, hashes: str = "abc") -> None:
    log.start(0, device, kit.phone, kit.sha(hashes[0]))
    log.load(0.1, device, kit.folder + "media.dll", kit.sha(hashes[1]))
    log.load(0.2, device, kit.folder + "net.dll", kit.sha(hashes[2]))


def test_a_device_with_the_release_is_told_from_one_with_another_version(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit)
    run_release(log, "pc2", kit, "123")
    result = kit.run(log.write(tmp_path / "log"), leads=[release(kit)])
    assert details(result) == [
        ("pc1", "files of Phone 1.0", Severity.INFO),
        ("pc2", "another version than Phone 1.0", Severity.INFO),
    ]
    assert [each.count for each in result.sightings] == [3, 3]
    assert {each.title for each in result.sightings} == {"The product runs here"}
    assert all(each.score == 0 for each in result.devices)


def test_an_update_in_place_is_both_each_in_its_time(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit, "12c")
    log.start(3, "pc1", kit.phone, kit.sha("a")).load(3.1, "pc1", kit.folder + "net.dll", kit.sha("c"))
    found = kit.run(log.write(tmp_path / "log"), leads=[release(kit)]).sightings
    assert {each.detail: (each.count, each.first.day) for each in found} == {
        "files of Phone 1.0": (2, 7),
        "another version than Phone 1.0": (2, 4),
    }


def test_a_rigged_entry_is_critical_wherever_it_runs(log: Any, tmp_path: Path, kit: Any) -> None:
    log.load(0, "pc1", "D:\\elsewhere\\renamed.dll", kit.sha("b"))
    result = kit.run(log.write(tmp_path / "log"), leads=[release(kit, rigged=(kit.sha("b"),))])
    assert details(result) == [("pc1", "d:\\elsewhere\\renamed.dll", Severity.CRITICAL)]
    assert [each.title for each in result.sightings] == ["The release in question runs here"]


def test_shared_libraries_make_no_product_folder(log: Any, tmp_path: Path, kit: Any) -> None:
    """Another Electron program ships libraries of the same names, one even of the same bytes."""
    folder = "C:\\Program Files\\Chat\\"
    log.start(0, "pc1", folder + "Chat.exe", kit.sha("9"))
    log.load(0.1, "pc1", folder + "media.dll", kit.sha("b"), Image=folder + "Chat.exe")
    log.load(0.2, "pc1", folder + "net.dll", kit.sha("8"), Image=folder + "Chat.exe")
    result = kit.run(log.write(tmp_path / "log"), leads=[release(kit)])
    assert not result.sightings


def test_a_copy_in_a_system_folder_makes_it_no_product_folder(log: Any, tmp_path: Path, kit: Any) -> None:
    folder = "C:\\Windows\\System32\\"
    log.start(0, "pc1", folder + "Phone.exe", kit.sha("a"))
    log.load(0.1, "pc1", folder + "media.dll", kit.sha("b"))
    assert not kit.run(log.write(tmp_path / "log"), leads=[release(kit)]).sightings


def test_an_empty_manifest_is_not_evaluated(log: Any, tmp_path: Path, kit: Any) -> None:
    run_release(log, "pc1", kit)
    result = kit.run(log.write(tmp_path / "log"), leads=[kit.manifest()])
    assert not result.complete
    assert ("m-lead", "its manifest has no file with a SHA-256") in [
        (each.rule, each.reason) for each in result.not_evaluated
    ]


def test_the_products_folder_is_found_on_other_systems_too(log: Any, tmp_path: Path, kit: Any) -> None:
    lead = kit.manifest(
        ("Phone.app/Contents/MacOS/Phone", kit.sha("a")), ("Phone.app/Contents/MacOS/libnet.dylib", kit.sha("b"))
    )
    folder = "/Applications/Phone.app/Contents/MacOS/"
    log.start(0, "mac1", folder + "Phone", kit.sha("a"))
    log.load(0, "mac1", folder + "libnet.dylib", kit.sha("b"), Image=folder + "Phone")
    assert details(kit.run(log.write(tmp_path / "log"), leads=[lead])) == [
        ("mac1", "files of Phone 1.0", Severity.INFO)
    ]
