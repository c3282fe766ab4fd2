"""Files that the user named: found, opened once, hashed as bytes. They are read elsewhere, in sealed workers."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from unrig.model.problem import Problem, ProblemKind, new_problem

BLOCK = 1 << 20


class Opened(Struct, frozen=True, kw_only=True):
    """An open file. `descriptor` stays the opener's."""

    name: str
    """The path as the user gave it."""
    descriptor: int
    sha256: str
    size: int


def files(given: Iterable[str]) -> Iterator[str | Problem]:
    """Yield the paths of all files named by files, folders (with all below) and globs, as given, sorted, each once.

    A pattern that fits nothing is a problem; so is, where it is opened, a file that is not there.
    """
    found: set[str] = set()
    for name in given:
        path = Path(name)
        if path.is_dir():
            found.update(str(Path(folder, file)) for folder, _folders, below in os.walk(path) for file in below)
        elif path.exists() or not glob.has_magic(name):
            found.add(name)
        else:
            matches = glob.glob(name, recursive=True)  # noqa: PTH207  (Path.glob takes no absolute pattern)
            found.update(match for match in matches if not Path(match).is_dir())
            if not matches:
                yield _unopened(name, "no file of that pattern")
    yield from sorted(found)


@contextmanager
def opened(name: str) -> Iterator[Opened | Problem]:
    """Give the open file, or the problem that stands for it; links are not followed, devices and pipes not opened."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        yield _unopened(name, getattr(error, "strerror", None) or "no such file can be named")
        return
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            yield _unopened(name, "no regular file")
        else:
            yield _hashed(name, descriptor)
    finally:
        os.close(descriptor)


def _hashed(name: str, descriptor: int) -> Opened:
    digest, size = hashlib.sha256(), 0
    while block := os.pread(descriptor, BLOCK, size):
        digest.update(block)
        size += len(block)
    return Opened(name=name, descriptor=descriptor, sha256=digest.hexdigest(), size=size)


def _unopened(name: str, observed: str) -> Problem:
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=name,
        expected="a file that can be read (links are not followed)",
        observed=observed,
        effect="nothing in it was looked at",
        action="name the file itself, and check that it may be read",
    )
