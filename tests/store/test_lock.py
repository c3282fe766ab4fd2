"""One writer: the second is told who the first is, and a lock left by a dead process holds nobody up."""

import os
from pathlib import Path

import pytest

from unrig.model.errors import UsageError
from unrig.store import lock


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "case" / "LOCK"
    path.parent.mkdir()
    with lock.held(path):
        assert path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(UsageError, match=f"the case case is in use by process {os.getpid()};"), lock.held(path):
            pass
    with lock.held(path):
        pass


def test_a_lock_file_of_the_dead_is_taken_over_and_its_longer_text_with_it(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    path.write_text("99999999999999999999\n")
    with lock.held(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_it_is_let_go_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock.held(tmp_path / "LOCK"):
        raise KeyError
    with lock.held(tmp_path / "LOCK"):
        pass


def test_a_holder_that_wrote_no_pid_yet_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    with lock.held(path):
        path.write_bytes(b"")
        with pytest.raises(UsageError, match="process unknown"), lock.held(path):
            pass


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "LOCK").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"), lock.held(tmp_path / "LOCK"):
        pass
    assert not (tmp_path / "elsewhere").exists()
