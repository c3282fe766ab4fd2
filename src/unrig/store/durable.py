"""Files that are whole or not there: written beside their place, synced, then moved into it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from unrig.model.errors import FormatError, LimitError


def pending(path: Path) -> Path:
    """Return where a file's bytes stand until they are moved to `path`."""
    return path.with_name(f".{path.name}.pending")


def write_pending(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, readable by the owner only, and sync it to the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(pending(path), flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def settle(path: Path) -> None:
    """Move what `write_pending` wrote to `path` and sync the folder."""
    pending(path).replace(path)
    sync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`: a reader, or a crash, sees the old bytes or the new ones, never a part."""
    write_pending(path, data)
    settle(path)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a name given in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_whole(path: Path, limit: int) -> bytes:
    """Return a regular file's bytes; a link is not followed.

    Raises FormatError for what is no regular file, LimitError above `limit` bytes, OSError as the system does.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise FormatError(path.name, "a regular file", "something else")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise LimitError(path.name, f"{limit} bytes", f"at least {len(data)} bytes")
    return data
