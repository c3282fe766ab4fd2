"""Files that are whole or not there, and only regular files are read."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.errors import FormatError, LimitError
from unrig.store import durable


def test_what_is_pending_is_beside_its_place_until_it_settles(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "file.json"
    durable.write_pending(path, b"new")
    assert not path.exists()
    assert durable.pending(path).read_bytes() == b"new"
    durable.settle(path)
    assert path.read_bytes() == b"new"
    assert [found.name for found in path.parent.iterdir()] == ["file.json"]


def test_a_write_that_fails_leaves_the_old_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    durable.write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_every_write_is_synced_file_and_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(os.path.isdir(f"/proc/self/fd/{fd}")), real(fd)))  # noqa: PTH112 - a link
    durable.write_whole(tmp_path / "file", b"x")
    assert synced == [False, True]


def test_a_pending_name_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"theirs")
    durable.pending(tmp_path / "file").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic link"):
        durable.write_whole(tmp_path / "file", b"ours")
    assert victim.read_bytes() == b"theirs"


def test_only_a_regular_file_within_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert durable.read_whole(tmp_path / "file", 5) == b"12345"
    with pytest.raises(LimitError):
        durable.read_whole(tmp_path / "file", 4)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match="a regular file"):
        durable.read_whole(tmp_path / "pipe", 5)  # and does not wait for a writer
    (tmp_path / "link").symlink_to("file")
    with pytest.raises(OSError, match="symbolic link"):
        durable.read_whole(tmp_path / "link", 5)
    with pytest.raises(FileNotFoundError):
        durable.read_whole(tmp_path / "nothing", 5)


@settings(max_examples=30)
@given(data=st.binary(max_size=500))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "whole"
    durable.write_whole(path, data)
    assert durable.read_whole(path, 500) == data
