"""Where files are installed: folders within folders, short and long names, circles, media."""

from __future__ import annotations

import pytest

from unrig.drill.build.msi_database import Cell, Pool, database
from unrig.drill.build.ole import build_ole
from unrig.formats import msi_tables, msi_targets, ole
from unrig.formats.msi_targets import Targets
from unrig.formats.ole_header import Notes

FOLDERS: list[tuple[Cell, ...]] = [
    ("TARGETDIR", None, "SourceDir"),
    ("ProgramFilesFolder", "TARGETDIR", "PFiles"),
    ("INSTALLDIR", "ProgramFilesFolder", "DRILLP~1|Drill Phone"),
    ("SUB", "INSTALLDIR", "sub:source"),
    ("SAME", "SUB", "."),
    ("INNER", "SAME", "x|a%b"),
    ("SystemFolder.0A1B2C", "TARGETDIR", "Sys"),
    ("OWN", "OWN", "C:"),
]


def component(name: str, folder: str, key: str | None = None) -> tuple[Cell, ...]:
    return (name, None, folder, 0, None, key)


def file(key: str, owner: str, name: str, number: int = 1) -> tuple[Cell, ...]:
    return (key, owner, name, 5, "1.2", None, 0, number)


def targets(**tables: list[tuple[Cell, ...]]) -> tuple[Targets, list[str]]:
    data = memoryview(build_ole(database(tables, Pool())))
    notes = Notes()
    base = msi_tables.open_database(data, ole.read(data), notes)
    assert base is not None
    return msi_targets.targets(base, notes), notes.lines


def test_folders_are_paths_from_the_root_or_from_a_folder_of_windows() -> None:
    found, damage = targets(Directory=FOLDERS)
    assert found.folders == {
        "TARGETDIR": "",
        "ProgramFilesFolder": "ProgramFilesFolder",
        "INSTALLDIR": "ProgramFilesFolder/Drill Phone",
        "SUB": "ProgramFilesFolder/Drill Phone/sub",
        "SAME": "ProgramFilesFolder/Drill Phone/sub",
        "INNER": "ProgramFilesFolder/Drill Phone/sub/a%25b",
        "SystemFolder.0A1B2C": "SystemFolder",
        "OWN": "",
    }
    assert damage == []


def test_two_files_of_one_name_in_two_folders_have_two_paths() -> None:
    found, damage = targets(
        Directory=FOLDERS,
        Component=[component("C1", "INSTALLDIR", "F1"), component("C2", "SUB", "Other")],
        File=[file("F1", "C1", "LONGNA~1.DLL|longname.dll"), file("F2", "C2", "longname.dll")],
    )
    assert {f.key: f.path for f in found.files} == {
        "F1": "ProgramFilesFolder/Drill Phone/longname.dll",
        "F2": "ProgramFilesFolder/Drill Phone/sub/longname.dll",
    }
    assert found.key_paths == {"C1": "ProgramFilesFolder/Drill Phone/longname.dll", "C2": ""}
    assert found.component_folders["C2"] == "ProgramFilesFolder/Drill Phone/sub"
    assert (found.files[0].version, found.files[0].size, found.files[0].component) == ("1.2", 5, "C1")
    assert damage == []


@pytest.mark.parametrize(
    ("number", "cabinet", "embedded"), [(1, "a.cab", True), (3, "a.cab", True), (4, "b.cab", False), (9, "", False)]
)
def test_a_file_is_in_the_first_medium_that_reaches_it(number: int, cabinet: str, embedded: bool) -> None:
    found, _ = targets(
        Directory=FOLDERS,
        Component=[component("C1", "SUB")],
        File=[file("F1", "C1", "x", number)],
        Media=[(2, 7, None, "b.cab", None, None), (1, 3, None, "#a.cab", None, None)],
    )
    assert (found.files[0].cabinet, found.files[0].embedded) == (cabinet, embedded)


def test_a_merge_module_has_one_cabinet_of_a_known_name() -> None:
    found, _ = targets(Directory=FOLDERS, Component=[component("C1", "SUB")], File=[file("F1", "C1", "x")])
    assert (found.files[0].cabinet, found.files[0].embedded) == ("MergeModule.CABinet", True)


def test_folders_in_a_circle_and_above_unknown_ones_are_damage() -> None:
    found, damage = targets(
        Directory=[("A", "B", "a"), ("B", "A", "b"), ("LOST", "NOWHERE", "lost")],
        Component=[component("C1", "A")],
        File=[file("F1", "C1", "x"), file("F2", "C9", "y")],
    )
    assert found.folders["LOST"] == "lost"
    assert {f.path for f in found.files} == {"b/a/x", "y"}
    assert [line.partition(":")[0] for line in damage] == ["table Directory", "table Directory", "table File"]


def test_many_folders_within_each_other_end_at_a_bound() -> None:
    rows: list[tuple[Cell, ...]] = [(f"D{index:04}", f"D{index + 1:04}", f"d{index}") for index in range(1000)]
    found, damage = targets(Directory=rows)
    assert len(found.folders) == 1000
    assert damage


def test_names_cannot_leave_their_folder() -> None:
    found, _ = targets(
        Directory=FOLDERS, Component=[component("C1", "SUB")], File=[file("F1", "C1", "X|..\\..\\up/down")]
    )
    assert found.files[0].path.endswith("/sub/..%5C..%5Cup%2Fdown")


def test_more_files_than_the_bound_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(msi_targets, "MAX_FILES", 3)
    found, damage = targets(
        Component=[component("C1", "SUB")], File=[file(f"F{index}", "C1", "x", index) for index in range(9)]
    )
    assert len(found.files) == 3
    assert any("at most 3 rows" in line for line in damage)


@pytest.mark.parametrize("name", ["..\\..\\x.dll", "a/b", "..", "x|a:b", "SHORT|C:\\x"])
def test_a_name_that_is_a_path_is_noted_and_stays_one_part(name: str) -> None:
    found, damage = targets(
        Directory=[*FOLDERS, ("UP", "INSTALLDIR", name.partition(":")[0] or "..")],
        Component=[component("C1", "INSTALLDIR", "F1")],
        File=[file("F1", "C1", name)],
    )
    assert "table File: expected names without a path in them" in damage[-1]
    assert found.files[0].path.count("/") == 2


def test_two_files_with_one_key_are_noted() -> None:
    _, damage = targets(
        Directory=FOLDERS, Component=[component("C1", "SUB")], File=[file("F1", "C1", "a"), file("F1", "C1", "b")]
    )
    assert damage == ["table File: expected keys of their own, found 1 rows with one of another"]


def test_a_byte_that_the_code_page_has_not_makes_no_path() -> None:
    spec = [file("F1", "C1", "na\\x81me.dll")]
    _, damage = targets(Directory=FOLDERS, Component=[component("C1", "SUB")], File=spec)
    assert damage == []
