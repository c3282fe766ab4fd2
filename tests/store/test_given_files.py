"""Files that the user named: all found, none followed out, none that cannot be read passed over in silence."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from unrig.model.problem import Problem, ProblemKind
from unrig.store.given_files import Given, Opened, files, named, opened


def _names(*given: object) -> list[str]:
    return [entry for entry in files(map(str, given)) if isinstance(entry, str)]


def _problems(*given: object) -> list[tuple[str, str]]:
    return [(entry.where, entry.observed) for entry in files(map(str, given)) if isinstance(entry, Problem)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jsonl", "a.jsonl", "sub/c.jsonl", "sub/deep/d.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_files_folders_and_globs_sorted_each_once(tree: Path) -> None:
    assert _names(tree, tree / "a.jsonl", f"{tree}/*.jsonl") == [
        str(tree / name) for name in ("a.jsonl", "b.jsonl", "sub/c.jsonl", "sub/deep/d.txt")
    ]
    assert _names(f"{tree}/**/*.jsonl") == [str(tree / name) for name in ("a.jsonl", "b.jsonl", "sub/c.jsonl")]
    assert _names(f"{tree}/s*") == []


def test_a_name_with_glob_characters_is_a_file_first(tree: Path) -> None:
    (tree / "x[1].jsonl").write_text("x")
    assert _names(tree / "x[1].jsonl") == [str(tree / "x[1].jsonl")]


def test_a_pattern_that_fits_nothing_is_said(tree: Path) -> None:
    assert _problems(f"{tree}/*.evtx") == [(f"{tree}/*.evtx", "no file of that pattern")]


def test_a_folder_that_cannot_be_listed_is_said_and_the_rest_found(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", path)
        return honest(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert _problems(tree) == [(str(tree / "sub/deep"), "Permission denied")]
    assert len(_names(tree)) == 3


def test_links_to_folders_are_not_walked(tree: Path) -> None:
    (tree / "loop").symlink_to(tree)
    assert str(tree / "loop") in _names(tree)
    assert len(_names(tree)) == 5
    assert len(_names(tree / "loop")) == 5  # a folder that was itself named


def test_many_levels_need_no_recursion(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(500):
        path = path / "d"
        path.mkdir()
    assert _names(tmp_path) == []
    assert _problems(tmp_path) == []


def test_an_open_file_is_hashed(tree: Path) -> None:
    with opened(named(str(tree / "a.jsonl"))) as file:
        assert isinstance(file, Opened)
        assert (file.name, file.size) == (str(tree / "a.jsonl"), 7)
        assert file.sha256 == hashlib.sha256(b"a.jsonl").hexdigest()
        assert os.pread(file.descriptor, 100, 0) == b"a.jsonl"
        assert file.source == file.sha256[:16]
        descriptor = file.descriptor
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_results_may_call_a_file_otherwise(tree: Path) -> None:
    with opened(Given(path=tree / "a.jsonl", name="export")) as file:
        assert isinstance(file, Opened)
        assert file.name == "export"


def test_what_is_no_file_is_a_problem(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    (tree / "link").symlink_to("a.jsonl")
    for name in ("pipe", "link", "none", "sub", "zero\0", "x" * 5000):
        with opened(named(str(tree / name))) as file:
            assert isinstance(file, Problem), name
            assert (file.kind, file.where) == (ProblemKind.ACCESS, str(tree / name))
    with opened(named("/dev/zero")) as file:
        assert isinstance(file, Problem)


def test_a_name_that_is_not_utf8_can_be_written(tree: Path) -> None:
    raw = os.fsencode(tree) + b"/latin-\xe9.jsonl"
    with open(raw, "wb") as out:  # noqa: PTH123  (a name of bytes)
        out.write(b"x")
    name = next(name for name in _names(tree) if "latin" in name)
    with opened(named(name)) as file:
        assert isinstance(file, Opened)
        assert file.name == f"{tree}/latin-\\xe9.jsonl"
        assert file.name.encode()
