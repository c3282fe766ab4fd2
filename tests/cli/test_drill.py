"""`unrig drill`: what it prints and how it ends."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from unrig.cli.drill import SCORED, command
from unrig.drill import session
from unrig.drill.mark import Mark
from unrig.model.errors import UsageError

GOOD = Mark(question="dead drop seen", found=2, of=2)
BAD = Mark(question="release seen", found=1, of=2, notes=tuple(f"seed {n}: missed" for n in range(30)))


def run(*args: str) -> tuple[int, str]:
    """Return what the command gave back and printed; click hides the value of a command run in standalone mode."""
    done = CliRunner().invoke(command, list(args), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value), done.output


def scored(monkeypatch: pytest.MonkeyPatch, *marks: Mark) -> None:
    result = session.Session(incident="relay", seeds=(1,), drills=1, marks=marks)
    monkeypatch.setattr(session, "score", lambda name, **_: result)


def test_list_names_the_incidents() -> None:
    code, text = run("list")
    assert code == 0
    assert [line.split("  ")[0] for line in text.splitlines()] == ["polish", "relay", "smoothoperator"]


def test_build_writes_all_and_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "drill"
    code, text = run("build", "relay", "--seed", "4", "--to", str(folder))
    assert code == 0
    assert {path.name for path in folder.iterdir()} == {
        *("claims.toml", "inventory.csv", "lab-root.pem", "truth.json", "unrig.toml"),
        *("releases", "sboms", "telemetry", "telemetry-twin"),
    }
    assert "PRIVATE" not in (folder / "lab-root.pem").read_text()
    words = shlex.split(text.split("try: ")[1].replace("\\\n", ""))
    assert words[:2] == ["unrig", "investigate"]
    given = [word for word in words[2:] if not word.startswith("--") and not word.endswith("-case")]
    assert len(given) == 8
    assert all(Path(word).exists() for word in given)


def test_build_of_releases_alone_says_how_to_vet_them(tmp_path: Path) -> None:
    folder = tmp_path / "drill"
    code, text = run("build", "polish", "--seed", "4", "--to", str(folder))
    assert code == 0
    assert {path.name for path in folder.iterdir()} == {"lab-root.pem", "releases", "truth.json", "unrig.toml"}
    words = shlex.split(text.split("try: ")[1].replace("\\\n", ""))
    assert words[:2] == ["unrig", "vet"]
    assert all(Path(word).exists() for word in words[2:] if not word.startswith("--"))


def test_build_with_devices_adds_telemetry_and_its_truth(tmp_path: Path) -> None:
    folder = tmp_path / "drill"
    code, text = run("build", "smoothoperator", "--seed", "4", "--to", str(folder), "--devices", "10")
    assert code == 0
    assert "--telemetry" in text
    assert {path.name for path in (folder / "telemetry").iterdir()} == {"endpoints", "proxy", "sensor"}
    truth = json.loads((folder / "truth.json").read_text())
    assert len(truth["hunt"]["devices"]) == 10
    assert {each["file"] for stage in truth["hunt"]["stages"] for each in stage["lines"]} <= {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(("name", "devices"), [("polish", "20"), ("smoothoperator", "9")])
def test_telemetry_that_cannot_be_made_is_refused(tmp_path: Path, name: str, devices: str) -> None:
    with pytest.raises(UsageError, match=f"--devices {devices}"):
        run("build", name, "--to", str(tmp_path / "drill"), "--devices", devices)
    assert not (tmp_path / "drill").exists()


@pytest.mark.parametrize(("name", "usual"), [("polish", 0), ("relay", 0), ("smoothoperator", 200)])
def test_the_usual_fleet_where_nobody_says_how_large(monkeypatch: pytest.MonkeyPatch, name: str, usual: int) -> None:
    asked: list[int] = []

    def score(_: str, **given: Any) -> session.Session:
        asked.append(given["devices"])
        return session.Session(incident=name, seeds=(1,), drills=1, marks=(GOOD,))

    monkeypatch.setattr(session, "score", score)
    run("score", name)
    run("score", name, "--devices", "0")
    run("score", name, "--devices", "30")
    assert asked == [usual, 0, 30]


def test_build_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(UsageError, match="empty or absent"):
        run("build", "relay", "--to", str(tmp_path))


def test_score_ends_with_0_at_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, GOOD)
    code, text = run("score", "relay")
    assert code == 0
    assert "at the truth" in text


def test_score_ends_with_1_below_the_truth_and_says_what_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, GOOD, BAD)
    code, text = run("score", "relay")
    assert code == 1
    assert "below the truth" in text
    assert "and 10 more" in text
    assert "seed 29: missed" in run("score", "relay", "--verbose")[1]


def test_score_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, BAD)
    code, text = run("score", "relay", "--format", "json")
    assert code == 1
    assert json.loads(text)["marks"][0]["found"] == 1


def test_bad_seeds_are_refused() -> None:
    with pytest.raises(UsageError, match="--seeds"):
        run("score", "relay", "--seeds", "many")


def test_scores_use_twenty_seeds_that_no_test_uses() -> None:
    seeds = session.seeds(SCORED)
    assert len(seeds) == 20
    assert min(seeds) >= 1000
