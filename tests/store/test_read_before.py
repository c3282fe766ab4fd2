"""A guess by path, size and time: of use only while it follows what stands at the path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unrig.store import read_before
from unrig.store.fact_cache import open_cache


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "app.zip"
    path.write_bytes(b"one")
    return path


def test_what_was_read_is_known_to_the_next_run(tmp_path: Path, release: Path) -> None:
    with open_cache(tmp_path / "cache") as cache:
        assert not read_before.told(cache, release)
        read_before.tell(cache, release)
    with open_cache(tmp_path / "cache") as cache:
        assert read_before.told(cache, release)


@pytest.mark.parametrize("change", ["size", "time", "another file", "gone"])
def test_whatever_else_stands_there_is_not(tmp_path: Path, release: Path, change: str) -> None:
    with open_cache(tmp_path / "cache") as cache:
        read_before.tell(cache, release)
        status = release.stat()
        if change == "size":
            release.write_bytes(b"three")
            os.utime(release, ns=(status.st_atime_ns, status.st_mtime_ns))
        elif change == "time":
            os.utime(release, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        elif change == "another file":
            other = tmp_path / "other"
            other.write_bytes(b"two")
            os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
            other.replace(release)
        else:
            release.unlink()
        assert not read_before.told(cache, release)


def test_a_name_that_is_no_utf_8_is_a_name(tmp_path: Path) -> None:
    strange = tmp_path / os.fsdecode(b"\xff.zip")
    with open_cache(tmp_path / "cache") as cache:
        read_before.tell(cache, strange)
        assert read_before.told(cache, strange)
