"""Folders: files by sorted path, nothing followed, everything that was not opened said."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from unrig.model.budget import Budget, Limits
from unrig.model.problem import Problem, ProblemKind
from unrig.unpack import folder
from unrig.unpack.folder import FoundFile, list_folder


def paths(where: Path) -> list[str]:
    return [entry.path for entry in list_folder(where) if isinstance(entry, FoundFile)]


def problems(where: Path) -> list[Problem]:
    return [entry for entry in list_folder(where) if isinstance(entry, Problem)]


def test_files_come_sorted_with_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "b" / "deep").mkdir(parents=True)
    for name in ("c", "b/z", "b/deep/y", "a"):
        (tmp_path / name).write_text(name)
    found = [entry for entry in list_folder(tmp_path) if isinstance(entry, FoundFile)]
    assert [entry.path for entry in found] == ["a", "b/deep/y", "b/z", "c"]
    for entry in found:
        with entry.open() as descriptor:
            assert os.read(descriptor, 100) == entry.path.encode()
    assert problems(tmp_path) == []


def test_names_that_are_no_utf8_are_labels(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"latin-\xe9")).write_text("x")
    (tmp_path / "bang!").mkdir()
    (tmp_path / "bang!" / "x").write_text("x")
    assert paths(tmp_path) == ["bang%21/x", "latin-%E9"]


def test_links_are_not_followed_and_those_that_leave_are_said(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    (tmp_path / "secret").write_text("outside")
    (root / "real").write_text("inside")
    (root / "lib" / "inside").symlink_to("../real")
    (root / "up").symlink_to("../secret")
    (root / "absolute").symlink_to("/etc/passwd")
    (root / "folder").symlink_to("/etc")
    (root / "loop").symlink_to("loop")
    assert paths(root) == ["real"]
    assert [problem.where for problem in problems(root)] == ["absolute", "folder", "up"]


def test_pipes_and_sockets_are_said_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "socket"))
        found = problems(tmp_path)
    assert [(problem.where, problem.kind) for problem in found] == [
        ("pipe", ProblemKind.UNSUPPORTED),
        ("socket", ProblemKind.UNSUPPORTED),
    ]
    assert paths(tmp_path) == []


def test_a_file_that_became_something_else_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "sub" / "file").write_text("x")
    first, second = (entry for entry in list_folder(tmp_path) if isinstance(entry, FoundFile))
    (tmp_path / "file").unlink()
    os.mkfifo(tmp_path / "file")
    with pytest.raises(OSError, match="no regular file"), first.open():
        pass
    (tmp_path / "file").unlink()
    with pytest.raises(FileNotFoundError), first.open():
        pass
    (tmp_path / "sub").rename(tmp_path / "moved")
    (tmp_path / "sub").symlink_to("moved")
    with pytest.raises(OSError, match=r"symbolic|directory"), second.open():
        pass


def test_a_folder_that_cannot_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").write_text("x")
    real = os.open

    def refusing(path: bytes, flags: int, *, dir_fd: int | None = None) -> int:
        if path == b"closed":
            raise PermissionError(13, "Permission denied")
        return real(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(folder.os, "open", refusing)
    assert paths(tmp_path) == ["open"]
    (problem,) = problems(tmp_path)
    assert (problem.where, problem.kind, problem.observed) == ("closed", ProblemKind.ACCESS, "Permission denied")


def test_a_file_that_vanishes_while_listing_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").write_text("x")
    monkeypatch.setattr(folder.os, "listdir", lambda descriptor: ["gone", "here"])
    assert paths(tmp_path) == ["here"]
    assert [problem.where for problem in problems(tmp_path)] == ["gone"]


def test_a_folder_that_is_none_is_a_problem(tmp_path: Path) -> None:
    assert [problem.where for problem in problems(tmp_path / "missing")] == ["."]


def test_files_and_depth_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / str(number)).write_text("x")
    found = list(list_folder(tmp_path, Budget(limits=Limits(members=2))))
    assert [getattr(entry, "path", "") for entry in found[:2]] == ["0", "1"]
    assert isinstance(found[2], Problem)
    assert len(found) == 3
    monkeypatch.setattr(folder, "MAX_DEPTH", 2)
    (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
    assert [(problem.where, problem.kind) for problem in problems(tmp_path)] == [("a/b/c", ProblemKind.LIMIT)]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_text("x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for entry in list_folder(tmp_path):
        assert isinstance(entry, FoundFile)
        with entry.open():
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
