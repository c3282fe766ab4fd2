"""A release that is a folder: its files, found without following any link. Runs in the parent, which looks at no byte.

Every step is opened relative to the folder above it with O_NOFOLLOW (openat(2)), so that no name, and no link put
there while unrig reads, leads out of the folder.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from unrig.formats.zip_structure_names import link_leaves
from unrig.model.budget import Budget, take_member
from unrig.model.errors import LimitError
from unrig.model.paths import label
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.unpack.budget import limited, unsupported

MAX_DEPTH = 256  # folders within each other; PATH_MAX (4,096) ends at 2,048, node_modules at about 30

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY  # a pipe put there must not block


class FoundFile(Struct, frozen=True, kw_only=True):
    """One regular file of a folder."""

    path: str
    """A label (see unrig.model.paths), relative to the folder."""
    root: bytes
    steps: tuple[bytes, ...]
    """Names from the root down, the file's own last."""
    size: int
    """When it was listed."""

    @contextlib.contextmanager
    def open(self) -> Iterator[int]:
        """Open the file and give its descriptor. Raises OSError where it is gone or no regular file any more."""
        descriptor = _open_below(self.root, self.steps, _FILE)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(0, "no regular file any more")
            yield descriptor
        finally:
            os.close(descriptor)


def list_folder(path: Path, budget: Budget | None = None) -> Iterator[FoundFile | Problem]:
    """Yield the files below a folder, sorted by the bytes of their paths, and what could not be listed.

    Links that stay inside are passed over, since their target is listed itself; those that leave are a problem.
    Pipes, sockets and devices are a problem and never opened.
    """
    root, spent = os.fsencode(path), budget or Budget()
    pending = [*_entries(root, ())]
    while pending:
        entry = pending.pop()
        below: list[_Entry] = []
        match entry:
            case _Entry(problem=Problem() as problem):
                yield problem
            case _Entry(kind=stat.S_IFDIR):
                below = [*_entries(root, entry.steps)]
            case _Entry(kind=stat.S_IFREG):
                try:
                    take_member(spent, _label(entry.steps))
                except LimitError as error:
                    yield limited(_label(entry.steps), error)
                    return
                yield FoundFile(path=_label(entry.steps), root=root, steps=entry.steps, size=entry.size)
            case _:
                yield from _other(entry)
        pending += below


class _Entry(Struct, frozen=True, kw_only=True):
    """One name of a folder, or why there is none to look at."""

    steps: tuple[bytes, ...]
    kind: int = 0
    """The file type bits of its mode (stat.S_IFMT)."""
    size: int = 0
    target: bytes = b""
    """Of a symbolic link."""
    problem: Problem | None = None


def _entries(root: bytes, steps: tuple[bytes, ...]) -> Iterator[_Entry]:
    """Yield the entries of one folder, the last name first (they are taken from the end)."""
    if len(steps) > MAX_DEPTH:
        problem = limited(_label(steps), LimitError("", f"{MAX_DEPTH} folders within each other", "one more"))
        yield _Entry(steps=steps, problem=problem)
        return
    try:
        descriptor = _open_below(root, steps, _FOLDER)
    except OSError as error:
        yield _Entry(steps=steps, problem=_unreadable(steps, error, "this folder and all below it were not looked at"))
        return
    try:
        for name in sorted(map(os.fsencode, os.listdir(descriptor)), reverse=True):  # noqa: PTH208  (pathlib lists no descriptor)
            yield _entry(descriptor, (*steps, name))
    except OSError as error:
        yield _Entry(steps=steps, problem=_unreadable(steps, error, "this folder and all below it were not looked at"))
    finally:
        os.close(descriptor)


def _entry(folder: int, steps: tuple[bytes, ...]) -> _Entry:
    """Return what stands under a name, without following it."""
    try:
        status = os.stat(steps[-1], dir_fd=folder, follow_symlinks=False)
        kind = stat.S_IFMT(status.st_mode)
        target = os.readlink(steps[-1], dir_fd=folder) if kind == stat.S_IFLNK else b""
    except OSError as error:
        return _Entry(steps=steps, problem=_unreadable(steps, error, "this file was not looked at"))
    return _Entry(steps=steps, kind=kind, size=status.st_size, target=target)


def _other(entry: _Entry) -> Iterator[Problem]:
    """Yield the problem of what is neither file nor folder."""
    if entry.kind != stat.S_IFLNK:
        observed = "a pipe, socket or device"
        yield unsupported(_label(entry.steps), "a file or folder", observed, "vet a folder that holds files only")
    elif link_leaves(b"/".join(entry.steps[:-1]), entry.target):
        observed = f"a symbolic link to {label(entry.target)}"
        action = "copy its target into the folder if it is part of the release"
        yield unsupported(_label(entry.steps), "a link that stays in the folder", observed, action)


def _open_below(root: bytes, steps: tuple[bytes, ...], flags: int) -> int:
    """Return a descriptor reached step by step, no link followed but the root, which the user named."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for number, step in enumerate(steps, 1):
        parent = descriptor
        try:
            descriptor = os.open(step, flags if number == len(steps) else _FOLDER, dir_fd=parent)
        finally:
            os.close(parent)
    return descriptor


def _unreadable(steps: tuple[bytes, ...], error: OSError, effect: str) -> Problem:
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=_label(steps),
        expected="a file or folder that can be opened",
        observed=error.strerror or type(error).__name__,
        effect=effect,
        action="run unrig as a user who may read it, then vet again",
    )


def _label(steps: tuple[bytes, ...]) -> str:
    return label(b"/".join(steps)) or "."
