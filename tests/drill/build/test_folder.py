"""Folders are written whole, inside, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from unrig.drill.build.folder import write_folder


def test_files_stand_where_they_were_named(tmp_path: Path) -> None:
    files = {"a.txt": b"a", "inner/deep/b.bin": b"\0b", "empty": b""}
    assert write_folder(files, tmp_path / "release") == tmp_path / "release"
    found = {
        path.relative_to(tmp_path / "release").as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert found == files


@pytest.mark.parametrize("path", ["../up.txt", "/absolute.txt", "a/../../up.txt", "", "C:\\x", "a\\b", "name:stream"])
def test_other_paths_are_refused_and_nothing_is_written(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="plain relative path"):
        write_folder({"good.txt": b"x", path: b"y"}, tmp_path / "release")
    assert not list(tmp_path.rglob("*"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write_folder({"a.txt": b"first"}, tmp_path)
    with pytest.raises(FileExistsError):
        write_folder({"a.txt": b"second"}, tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == b"first"
