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
SOURCE_DIGITS = 16
"""Hexadecimal digits of the SHA-256 that name a source: the same file is the same source on every machine."""


class Given(Struct, frozen=True, kw_only=True):
    """A file to read: where it is, and what results call it (the path as the user gave it)."""

    path: Path
    name: str


class Opened(Struct, frozen=True, kw_only=True):
    """An open file. `descriptor` stays the opener's."""

    name: str
    """The path as the user gave it, fit for a document."""
    descriptor: int
    sha256: str
    size: int

    @property
    def source(self) -> str:
        """Id of the source."""
        return self.sha256[:SOURCE_DIGITS]


def files(given: Iterable[str]) -> Iterator[str | Problem]:
    """Yield the paths of all files named by files, folders (with all below) and globs, as given, sorted, each once.

    A pattern that fits nothing is a problem, as is a folder that cannot be listed; so is, where it is opened, a file
    that is not there. Links to folders are not followed, but for a folder that was itself named.
    """
    found: set[str] = set()
    for name in given:
        if _is_folder(name):
            for entry in _below(name):
                if isinstance(entry, Problem):
                    yield entry
                else:
                    found.add(entry)
        elif not glob.has_magic(name) or _exists(name):
            found.add(name)
        else:
            matches = glob.glob(name, recursive=True)  # noqa: PTH207  (Path.glob takes no absolute pattern)
            found.update(match for match in matches if not _is_folder(match))
            if not matches:
                yield _unopened(name, "no file of that pattern")
    yield from sorted(found)


def all_named(given: Iterable[str]) -> tuple[Given, ...]:
    """Return the files named by files, folders and globs; one that cannot be read is a problem of whoever opens it."""
    return tuple(named(entry if isinstance(entry, str) else entry.where) for entry in files(given))


def shown(name: str) -> str:
    """Return a path as documents write it: what is not UTF-8 in it as escapes, all else as given."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _below(folder: str) -> Iterator[str | Problem]:
    """Yield all files below a folder; without recursion, since whoever filled it may have nested it at will."""
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        yield entry.path
        except OSError as error:
            yield _unopened(here, error.strerror or type(error).__name__)


@contextmanager
def opened(given: Given) -> Iterator[Opened | Problem]:
    """Give the open file, or the problem that stands for it; links are not followed, devices and pipes not opened."""
    try:
        descriptor = os.open(given.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        yield _unopened(given.name, getattr(error, "strerror", None) or "no such file can be named")
        return
    try:
        yield _hashed(given.name, descriptor)
    finally:
        os.close(descriptor)


def named(name: str) -> Given:
    """Return a file that results call by its path."""
    return Given(path=Path(name), name=name)


def _hashed(name: str, descriptor: int) -> Opened | Problem:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return _unopened(name, "no regular file")
    digest, size = hashlib.sha256(), 0
    try:
        while block := os.pread(descriptor, BLOCK, size):
            digest.update(block)
            size += len(block)
    except OSError as error:
        return _unopened(name, error.strerror or type(error).__name__)
    return Opened(name=shown(name), descriptor=descriptor, sha256=digest.hexdigest(), size=size)


def _unopened(name: str, observed: str) -> Problem:
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=shown(name),
        expected="a file that can be read (links are not followed)",
        observed=observed,
        effect="nothing in it was looked at",
        action="name the file itself, and check that it may be read",
    )
