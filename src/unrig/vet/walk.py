"""From a release on disk to its files with their facts: cache first, sealed workers for the rest.

The parent opens files and passes descriptors; it never looks at their bytes except to hash them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.artifact import folder_sha256
from unrig.model.errors import UsageError
from unrig.model.msi import MsiFacts
from unrig.model.paths import label
from unrig.model.problem import Problem, ProblemKind
from unrig.model.progress import Counter, done, expect
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.unpack.folder import list_folder
from unrig.vet.containers import Inside, Source, look_inside, spilled_source
from unrig.vet.holding import may_hold
from unrig.vet.installed import key_of, moved, targets
from unrig.vet.joining import join
from unrig.vet.known_facts import Known, learn, recall
from unrig.vet.leaves import (
    OPEN_AT_ONCE,
    Leaf,
    Walk,
    Walked,
    add,
    affordable,
    as_member,
    child_of,
    fail,
    open_named,
    placed_in,
    reading_of,
)
from unrig.vet.obstacles import changed_underway, placed, unreadable
from unrig.vet.reading import READ, ReadRequest, ReadResult
from unrig.vet.scanning import Rules, asking, reader_of

Opener = Callable[[], AbstractContextManager[int]]


class _Plain(Struct, frozen=True, kw_only=True):
    """A file on disk, by the label it has in the release and the way to open it."""

    path: str
    open: Opener


class _Open(Struct, frozen=True, kw_only=True):
    """A plain file, open, hashed, with its status from before that."""

    path: str
    descriptor: int
    sha256: str
    status: os.stat_result


def walk(
    path: Path, *, cache: FactCache, pool: Pool, rules: Rules | None = None, counter: Counter | None = None
) -> Walked:
    """Read a release: one file or a folder, by YARA rules too where there are any.

    Raises UsageError where there is nothing that could be read.
    """
    state = Walk(cache=cache, pool=pool, rules=rules, counter=counter or Counter())
    if path.is_dir():
        return _walk_folder(path, state)
    name = label(os.fsencode(path.name))
    expect(state.counter, 1)
    _read_plains(state, [_Plain(path=name, open=lambda: open_named(path))])
    top = next((leaf for leaf in state.leaves if leaf.path == name), None)
    if top is None:
        raise _nothing(path, "a file or folder", state)
    return _finish(state, path, name=name, sha256=top.sha256, size=top.size, file_format=top.format)


def _walk_folder(path: Path, state: Walk) -> Walked:
    plains: list[_Plain] = []
    for entry in list_folder(path):
        if isinstance(entry, Problem):
            fail(state, entry)
        else:
            plains.append(_Plain(path=entry.path, open=entry.open))
    expect(state.counter, len(plains))
    for start in range(0, len(plains), OPEN_AT_ONCE):
        _read_plains(state, plains[start : start + OPEN_AT_ONCE])
    tops = [leaf for leaf in state.leaves if not leaf.container]
    if not tops:
        raise _nothing(path, "a folder with files", state)
    sha256 = folder_sha256((leaf.path, leaf.sha256) for leaf in tops)
    name = label(os.fsencode(path.resolve().name))
    return _finish(state, path, name=name, sha256=sha256, size=sum(leaf.size for leaf in tops), file_format="folder")


def _nothing(path: Path, expected: str, state: Walk) -> UsageError:
    reason = state.problems[0].observed if state.problems else "an empty one"
    return UsageError(f"{path}: expected {expected} that can be read, found: {reason}.")


def _finish(state: Walk, path: Path, *, name: str, sha256: str, size: int, file_format: str) -> Walked:
    join(state, path, file_format, _expand)
    _install(state)
    return Walked(
        name=name,
        sha256=sha256,
        size=size,
        format=file_format,
        leaves=tuple(sorted(state.leaves, key=lambda leaf: leaf.path)),
        problems=tuple(sorted({p.id: p for p in state.problems}.values(), key=lambda p: (p.where, p.id))),
        unopened=tuple(sorted({f"{p.where}: {p.kind}: {p.observed}" for p in state.problems})),
        opened=state.opened,
        cached=state.cached,
        deterministic=all(problem.kind is not ProblemKind.WORKER_DIED for problem in state.problems),
    )


def _install(state: Walk) -> None:
    """Give what installers hold the paths that they install it to."""
    databases = {leaf.path: facts for leaf in state.leaves if isinstance(facts := leaf.values.get(MsiFacts), MsiFacts)}
    crossing = frozenset(leaf.path for leaf in state.leaves if leaf.joined)
    found = targets(databases, (leaf.path for leaf in state.leaves), crossing)
    for problem in found.problems:
        fail(state, problem)
    if found.renamed:
        state.leaves = [_installed(leaf, found.renamed) for leaf in state.leaves]
        state.problems = [_moved(problem, found.renamed) for problem in state.problems]


def _installed(leaf: Leaf, renamed: Mapping[str, str]) -> Leaf:
    path, container = moved(leaf.path, renamed), moved(leaf.container, renamed)
    if (path, container) == (leaf.path, leaf.container):
        return leaf
    crossed = tuple(moved(cabinet, renamed) for cabinet in leaf.joined)
    key = key_of(leaf.path, renamed)
    return msgspec.structs.replace(leaf, path=path, container=container, stored_as=key, joined=crossed)


def _moved(problem: Problem, renamed: Mapping[str, str]) -> Problem:
    path, colon, rest = problem.where.partition(": ")
    where = f"{moved(path, renamed)}{colon}{rest}"
    return problem if where == problem.where else placed(where, problem)


def _read_plains(state: Walk, plains: Sequence[_Plain]) -> None:
    """Hash files in the parent, have workers read those that the cache does not know, and look inside containers."""
    with contextlib.ExitStack() as stack:
        files = [opened for plain in plains if (opened := _try_open(state, plain, stack)) is not None]
        for file, known in sorted(_known(state, files), key=lambda pair: pair[0].path):
            leaf = Leaf(
                path=file.path,
                sha256=file.sha256,
                size=file.status.st_size,
                format=known.format,
                container="",
                facts=known.facts,
                values=known.values,
            )
            _expand(state, add(state, leaf), _source(file), depth=1)


def _source(file: _Open) -> Source:
    return Source(open=lambda: file.descriptor, unchanged=lambda: _unchanged(file))


def _try_open(state: Walk, plain: _Plain, stack: contextlib.ExitStack) -> _Open | None:
    try:
        descriptor = stack.enter_context(plain.open())
        status = os.fstat(descriptor)
        return _Open(path=plain.path, descriptor=descriptor, sha256=_hash(descriptor), status=status)
    except OSError as error:
        fail(state, unreadable(plain.path, error))
        return None


def _known(state: Walk, files: Sequence[_Open]) -> Iterator[tuple[_Open, Known]]:
    """Yield what is known of each file, those first that need no worker; a file that changed is a problem."""
    waiting: list[_Open] = []
    for file in files:
        known = recall(state.cache, file.sha256, reader_of(state.rules))
        if known is None:
            waiting.append(file)
        else:
            state.cached += 1
            done(state.counter, file.path, size=file.status.st_size)
            yield file, known
    items = [asking(ReadRequest(sha256=file.sha256), (file.descriptor,), file.path, state.rules) for file in waiting]
    for number, result in state.pool.map(READ, items):
        file = waiting[number]
        state.opened += 1
        done(state.counter, file.path, size=file.status.st_size)
        if not _unchanged(file):
            fail(state, changed_underway(file.path))
            continue
        learned = result if isinstance(result, Problem) else _learned(state, file, result)
        if isinstance(learned, Problem):
            fail(state, learned)
            learned = Known(format="")
        yield file, learned


def _learned(state: Walk, file: _Open, result: ReadResult) -> Known | Problem:
    return learn(state.cache, file.path, result, file.sha256, reader_of(state.rules))


def _unchanged(file: _Open) -> bool:
    """Tell whether a file is as it was when it was hashed, by size and time of its last change."""
    now = os.fstat(file.descriptor)
    return (now.st_mtime_ns, now.st_size) == (file.status.st_mtime_ns, file.status.st_size)


def _expand(state: Walk, leaf: Leaf, source: Source, depth: int) -> None:
    """Add the members of a container, and theirs."""
    if not may_hold(leaf.format, leaf.values) or not affordable(state, leaf, depth):
        return
    container = as_member(leaf)
    with contextlib.ExitStack() as stack:
        _take_in(state, leaf, source, look_inside(reading_of(state), container, source, stack), depth)


def _take_in(state: Walk, leaf: Leaf, source: Source, seen: Inside, depth: int) -> None:
    """Add what was found in a container, and what is inside that."""
    container = as_member(leaf)
    state.opened += seen.opened
    state.cached += seen.cached
    for problem in seen.problems:
        fail(state, placed(placed_in(leaf.path, problem.where), problem))
    for found in seen.found:
        child = add(state, child_of(leaf, found.member, found.known))
        if may_hold(child.format, child.values):
            with spilled_source(state.pool, container, source, found) as inner:
                _expand(state, child, inner, depth + 1)


def _hash(descriptor: int) -> str:
    with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        return digest
