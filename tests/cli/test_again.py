"""`unrig vet --again` as it is typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_kit import Caller, policy, release

from unrig.drill.build.release import BASELINE, CLEAN, RIGGED


@pytest.fixture
def trusting(unrig: Caller) -> Caller:
    policy(Path.cwd())
    return unrig


def test_all_results_are_a_table_and_the_worst_makes_the_exit_code(tmp_path: Path, trusting: Caller) -> None:
    clean, rigged = release(tmp_path / "clean", CLEAN), release(tmp_path / "rigged", RIGGED)
    trusting("vet", clean)
    assert trusting("vet", "--again").code == 0
    trusting("vet", rigged)
    for place in (clean, rigged):
        shutil.rmtree(place)
    told = trusting("vet", "--again")
    lines = told.out.decode().splitlines()
    assert told.code == 1
    assert [line.split()[:4] for line in lines[:2]] == [
        ["clean,", "as", "before", "clean"],
        ["rigged,", "as", "before", "rigged"],
    ]
    assert lines[-1].strip() == "2 results judged again, 0 changed"
    quiet = trusting("vet", "--again", "--quiet")
    assert quiet.out.decode().strip() == "2 results judged again, 0 changed"


def test_an_alarm_whose_facts_are_gone_is_still_one(tmp_path: Path, trusting: Caller) -> None:
    trusting("vet", release(tmp_path / "rigged", RIGGED))
    for file in (tmp_path / "state").rglob("facts.sqlite*"):
        file.unlink()
    told = trusting("vet", "--again")
    assert (told.code, told.out.startswith(b"rigged, needs bytes")) == (1, True)


def test_one_result_is_a_whole_document_that_says_what_it_said(tmp_path: Path, trusting: Caller) -> None:
    place, base = release(tmp_path / "rigged", RIGGED), release(tmp_path / "base", BASELINE)
    before = json.loads(trusting("vet", place, "--baseline", base, "--format", "json").out)
    shutil.rmtree(place)
    ended = trusting("vet", "--again", "rigged", "--format", "json", "--output", tmp_path / "r.html")
    after = json.loads(ended.out)
    assert (ended.code, before.pop("stats") != after.pop("stats")) == (1, True)
    assert before == after
    assert (tmp_path / "r.html").stat().st_size > 0
    text = trusting("vet", "--again", "rigged").out.decode()
    assert text.startswith("rigged, as before")
    assert "\n RIGGED   rigged" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("vet",), "Missing argument 'RELEASE'"),
        (("vet", "--again"), "expected results of earlier runs, found none"),
        (("vet", "--again", "app"), "expected a release that was vetted before"),
        (("vet", "--again", "app", "--baseline", "b"), "beside what it was compared with"),
        (("vet", "--again", "--format", "json"), "expected a RELEASE"),
        (("vet", "--again", "--output", "x.json"), "expected a RELEASE"),
    ],
)
def test_what_cannot_be_asked_is_refused(trusting: Caller, arguments: tuple[str, ...], says: str) -> None:
    ended = trusting(*arguments)
    assert (ended.code, says in ended.err) == (2, True)
