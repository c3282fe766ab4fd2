"""Sessions: seeds as people write them, sums over drills, and who may be scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from unrig.drill import examine, session
from unrig.drill.build.truth import TRUTH_FILE, Built, Truth
from unrig.drill.mark import Mark
from unrig.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "found"),
    [("3", (3,)), ("1,5", (1, 5)), ("4-6", (4, 5, 6)), ("4-5, 5,1", (4, 5, 1)), ("0", (0,))],
)
def test_seeds_are_read_as_written(text: str, found: tuple[int, ...]) -> None:
    assert session.seeds(text) == found


@pytest.mark.parametrize("text", ["", "x", "5-4", "-1", "1-", "0-1000", "1;2", "1,,2", "9" * 12])
def test_other_seeds_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--seeds"):
        session.seeds(text)


def marked(monkeypatch: pytest.MonkeyPatch, mark: Mark) -> list[tuple[Path, int]]:
    """Let every exam be sat at once, with this mark; return which."""
    sat: list[tuple[Path, int]] = []

    def examined(folder: Path, truth: Truth, *, jobs: int | None = None) -> None:
        assert (folder / TRUTH_FILE).is_file()
        sat.append((folder, truth.seed))

    monkeypatch.setattr(examine, "examine", examined)
    monkeypatch.setattr(session, "marks", lambda truth, answers: (mark,))
    return sat


def test_each_seed_is_built_sat_and_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    sat = marked(monkeypatch, Mark(question="a", found=1, of=2, notes=("missed",)))
    told: list[str] = []
    done = session.score("relay", seeds=(1, 2), tell=told.append)
    assert [seed for _, seed in sat] == [1, 2]
    assert not any(folder.exists() for folder, _ in sat)
    assert done.drills == len(told) == 2
    assert done.marks == (Mark(question="a", found=2, of=4, notes=("seed 1: missed", "seed 2: missed")),)


def test_a_drill_built_before_is_scored_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one: Built
) -> None:
    sat = marked(monkeypatch, Mark(question="a", found=1, of=1))
    (tmp_path / TRUTH_FILE).write_bytes(one.files[TRUTH_FILE])
    done = session.score("relay", seeds=(), folder=tmp_path)
    assert sat == [(tmp_path, one.truth.seed)]
    assert done.drills == 1


def test_an_empty_session_is_an_error() -> None:
    with pytest.raises(UsageError, match="found nothing"):
        session.score("relay", seeds=())


def test_unknown_incidents_are_refused() -> None:
    with pytest.raises(UsageError, match="expected one of"):
        session.score("nothing", seeds=(1,))
