"""What an installer would run: custom actions by their bits, sequences, services, shortcuts, autoruns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.msi import MsiAction, MsiFile, MsiService, MsiSpec, MsiValue, build_msi
from unrig.drill.build.msi_database import Cell, Pool, database
from unrig.drill.build.ole import build_ole
from unrig.formats import msi_actions, msi_tables, msi_targets, ole
from unrig.formats.msi_tables import Database
from unrig.formats.ole_header import Notes
from unrig.model.msi import Autorun, CustomAction, Service, Shortcut


def base_of(data: bytes) -> Database:
    view = memoryview(data)
    found = msi_tables.open_database(view, ole.read(view), Notes())
    assert found is not None
    return found


def only(base: Database) -> tuple[CustomAction, ...]:
    return msi_actions.actions(base, msi_actions.sequence(base, Notes()), Notes())


# Windows Installer SDK, "Summary List of All Custom Action Types"
@pytest.mark.parametrize(
    ("number", "kind", "stored"),
    [
        (1, "dll", "binary"),
        (2, "exe", "binary"),
        (5, "jscript", "binary"),
        (6, "vbscript", "binary"),
        (17, "dll", "file"),
        (18, "exe", "file"),
        (19, "text", "file"),
        (21, "jscript", "file"),
        (22, "vbscript", "file"),
        (34, "exe", "folder"),
        (35, "text", "folder"),
        (37, "jscript", "inline"),
        (38, "vbscript", "inline"),
        (50, "exe", "property"),
        (51, "text", "property"),
        (53, "jscript", "property"),
        (54, "vbscript", "property"),
        (7, "install", "binary"),
        (0, "unknown", "binary"),
    ],
)
def test_types_say_what_runs_and_where_it_is_kept(number: int, kind: str, stored: str) -> None:
    base = base_of(build_ole(database({"CustomAction": [("A", number, "s", "t", None)]}, Pool())))
    (action,) = only(base)
    assert (action.kind, action.stored, action.source, action.target) == (kind, stored, "s", "t")
    assert action.flags == ()


@pytest.mark.parametrize(
    ("bits", "flags"),
    [
        (0x0040, {"continue"}),
        (0x00C0, {"continue", "async"}),
        (0x0100, {"first_sequence"}),
        (0x0200, {"once_per_process"}),
        (0x0300, {"client_repeat"}),
        (0x0400, {"deferred"}),
        (0x0500, {"rollback"}),
        (0x0600, {"commit"}),
        (0x0C00, {"deferred", "no_impersonate"}),
        (0x3400, {"deferred", "hide_target", "64_bit_script"}),
        (0x4000, {"terminal_server_aware"}),
    ],
)
def test_option_bits_have_names(bits: int, flags: set[str]) -> None:
    base = base_of(build_ole(database({"CustomAction": [("A", 1 | bits, "s", "t", None)]}, Pool())))
    assert set(only(base)[0].flags) == flags


def test_actions_know_the_places_that_run_them() -> None:
    spec = MsiSpec(
        actions=(
            MsiAction(name="Runs", type=3073, source="helper", target="Go", number=6601, condition="NOT Installed"),
            MsiAction(name="Rests", type=51, source="PROP", target="value", number=0),
        )
    )
    base = base_of(build_msi(spec))
    rests, runs = only(base)
    assert (runs.name, runs.steps) == ("Runs", ("InstallExecuteSequence 6601",))
    assert (rests.name, rests.steps) == ("Rests", ())
    steps = msi_actions.sequence(base, Notes())
    (step,) = (step for step in steps if step.action == "Runs")
    assert (step.table, step.condition) == ("InstallExecuteSequence", "NOT Installed")
    numbers = [step.number for step in steps if step.table == "InstallExecuteSequence"]
    assert numbers == sorted(numbers)


def test_services_run_the_key_file_of_their_component() -> None:
    spec = MsiSpec(
        files=(MsiFile(path="a.txt"), MsiFile(path="bin/agent.exe")),
        services=(MsiService(name="Agent", path="bin/agent.exe", arguments="--quiet", start=2),),
        shortcuts=("bin/agent.exe",),
    )
    base = base_of(build_msi(spec))
    targets = msi_targets.targets(base, Notes())
    assert msi_actions.services(base, targets, Notes()) == (
        Service(
            name="Agent",
            display_name="",
            path="ProgramFilesFolder/Drill Phone/bin/agent.exe",
            arguments="--quiet",
            start="auto",
            account="",
        ),
    )
    assert msi_actions.shortcuts(base, targets, Notes()) == (
        Shortcut(path="ProgramMenuFolder/Drill Phone 0", target="Main", arguments=""),
    )


@pytest.mark.parametrize(
    "key",
    [
        "Software\\Microsoft\\Windows\\CurrentVersion\\Run",
        "SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce\\",
        "Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
        "Software\\Microsoft\\Windows NT\\CurrentVersion\\Windows",
        "Software\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\sethc.exe",
        "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
        "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders",
        "Software\\Microsoft\\Active Setup\\Installed Components\\{x}",
        "System\\CurrentControlSet\\Control\\Session Manager",
        "System\\CurrentControlSet\\Control\\Lsa",
        "System\\CurrentControlSet\\Services\\Drill",
        "CLSID\\{x}\\InprocServer32",
    ],
)
def test_autoruns_are_values_from_which_windows_starts_programs(key: str) -> None:
    base = base_of(build_msi(MsiSpec(values=(MsiValue(key=key, name="n", value="[INSTALLDIR]x.exe"),))))
    expected = Autorun(root="HKLM", key=key, name="n", value="[INSTALLDIR]x.exe")
    assert msi_actions.autoruns(base, Notes()) == (expected,)


@pytest.mark.parametrize(
    "key",
    [
        "Software\\Contoso\\Drill Phone",
        "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{x}",
        "Software\\Microsoft\\Windows\\CurrentVersion\\Runtime",
        "Software\\Classes\\.drill",
        "Software\\Contoso\\My Environment",
    ],
)
def test_other_registry_values_are_none(key: str) -> None:
    base = base_of(build_msi(MsiSpec(values=(MsiValue(key=key, name="n", value="v"),))))
    assert msi_actions.autoruns(base, Notes()) == ()


def test_long_and_unprintable_texts_are_cut_and_shown() -> None:
    rows: list[tuple[Cell, ...]] = [("A", 38, None, "\u202e\n" + "x" * 5000, None)]
    (action,) = only(base_of(build_ole(database({"CustomAction": rows}, Pool(code_page=65001)))))
    assert action.target.startswith("\\u202e\\u000axxx")
    assert len(action.target) == msi_actions.MAX_TEXT + 10


def test_more_rows_than_the_facts_list_are_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(msi_actions, "MAX_ROWS", 2)
    rows: list[tuple[Cell, ...]] = [(f"A{index}", 1, "s", "t", None) for index in range(5)]
    base, notes = base_of(build_ole(database({"CustomAction": rows}, Pool()))), Notes()
    assert len(msi_actions.actions(base, (), notes)) == 2
    assert notes.lines == ["table CustomAction: expected at most 2 rows, found 5"]


@settings(max_examples=50, deadline=None)
@given(st.integers(-32767, 32767))
def test_any_type_has_a_kind(bits: int) -> None:
    base = base_of(build_ole(database({"CustomAction": [("A", bits, "s", "t", None)]}, Pool())))
    found: Any = only(base)[0]
    assert found.kind in {*msi_actions.KINDS.values(), "unknown"}
    assert found.type == bits & 0xFFFF
