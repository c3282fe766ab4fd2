from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from unrig.hunt.opening import Opened, files, opened
from unrig.model.problem import Problem, ProblemKind


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below" / "deep").mkdir(parents=True)
    for name in ("b.jsonl", "a.jsonl", "below/c.log", "below/deep/d"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def names(folder: Path, *given: str) -> list[str]:
    return [
        each.where if isinstance(each, Problem) else str(Path(each).relative_to(folder))
        for each in files(str(folder / name) for name in given)
    ]


def test_a_folder_means_all_files_below_it_sorted(folder: Path) -> None:
    assert names(folder, "") == ["a.jsonl", "b.jsonl", "below/c.log", "below/deep/d"]


def test_a_glob_means_the_files_it_matches(folder: Path) -> None:
    assert names(folder, "*.jsonl") == ["a.jsonl", "b.jsonl"]
    assert names(folder, "**/*") == ["a.jsonl", "b.jsonl", "below/c.log", "below/deep/d"]


def test_a_file_named_twice_is_one(folder: Path) -> None:
    assert names(folder, "a.jsonl", "*.jsonl", "a.jsonl") == ["a.jsonl", "b.jsonl"]


def test_a_file_whose_name_looks_like_a_glob_is_itself(folder: Path) -> None:
    (folder / "x[1]").write_bytes(b"")
    assert names(folder, "x[1]") == ["x[1]"]


def test_a_glob_without_a_match_is_a_problem(folder: Path) -> None:
    [problem] = files([str(folder / "*.evtx")])
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.ACCESS


def test_an_opened_file_is_hashed_and_closed_after(folder: Path) -> None:
    with opened(str(folder / "a.jsonl")) as file:
        assert isinstance(file, Opened)
        assert file.sha256 == hashlib.sha256(b"a.jsonl").hexdigest()
        assert (file.size, file.source) == (7, file.sha256[:16])
        descriptor = file.descriptor
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize("name", ["absent", "below", "nul\0", "x" * 5000])
def test_what_cannot_be_opened_is_a_problem(name: str, folder: Path) -> None:
    with opened(str(folder / name)) as file:
        assert isinstance(file, Problem)
        assert file.kind is ProblemKind.ACCESS
