from __future__ import annotations

import hashlib
import os
from pathlib import Path

from unrig.model.problem import Problem
from unrig.scope.opening import Given, Opened, opened


def test_a_file_is_hashed_and_closed_again(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 3_000_000)
    with opened(Given(path=path, name="f")) as file:
        assert isinstance(file, Opened)
        assert (file.size, file.sha256) == (3_000_000, hashlib.sha256(b"x" * 3_000_000).hexdigest())
        descriptor = file.descriptor
        os.fstat(descriptor)
    try:
        os.fstat(descriptor)
    except OSError:
        return
    raise AssertionError("the descriptor is still open")


def test_links_folders_pipes_and_absent_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe", "absent"):
        with opened(Given(path=tmp_path / name, name=name)) as file:
            assert isinstance(file, Problem), name
            assert (file.kind, file.where) == ("access", name)
