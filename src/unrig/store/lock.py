"""One writer at a time: an advisory lock that dies with its process.

A case names its holder to the next one, who may have long to wait; the small stores of a user wait their turn.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unrig.model.errors import UsageError

_LONGEST_PID = 32


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at `path` for the block, the holder's pid written in it.

    Raises UsageError naming the other process where one holds it. `flock(2)` ends with the process, even with a
    killed one, so a LOCK file that merely exists holds nobody up.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _take(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def waited_for(folder: Path) -> Iterator[None]:
    """Hold a folder's lock for the block, waiting for whoever has it: for what takes a moment to read and write."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, _LONGEST_PID, 0).decode("ascii", "replace").strip() or "unknown"
        raise UsageError(
            f"the case {path.parent.name} is in use by process {holder}; wait for it to end, or open another case"
        ) from None
