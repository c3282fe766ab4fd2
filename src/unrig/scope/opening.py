"""Files that the user named, opened once: hashed here as bytes, read elsewhere in a sealed worker."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from unrig.model.problem import Problem, ProblemKind, new_problem


class Given(Struct, frozen=True, kw_only=True):
    """A file to read: where it is, and what results call it (the path as the user gave it)."""

    path: Path
    name: str


class Opened(Struct, frozen=True, kw_only=True):
    """An open file. `descriptor` stays the opener's."""

    name: str
    descriptor: int
    sha256: str
    size: int


@contextmanager
def opened(given: Given) -> Iterator[Opened | Problem]:
    """Give the open file, or the problem that stands for it; links are not followed, devices and pipes not opened."""
    try:
        descriptor = os.open(given.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        yield _unopened(given.name, error.strerror or "an error of the system")
        return
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            yield _unopened(given.name, "no regular file")
        else:
            yield _hashed(given.name, descriptor)
    finally:
        os.close(descriptor)


def _hashed(name: str, descriptor: int) -> Opened:
    digest, size = hashlib.sha256(), 0
    while block := os.pread(descriptor, 1 << 20, size):
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
