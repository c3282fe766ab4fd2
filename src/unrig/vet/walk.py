"""From a release on disk to its files with their facts: cache first, sealed workers for the rest.

The parent opens files and passes descriptors; it never looks at their bytes except to hash them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.formats.pe_carried import SMALLEST, is_free
from unrig.formats.sniff_broken import BROKEN
from unrig.model.archive import ListedMember
from unrig.model.artifact import folder_sha256
from unrig.model.budget import Limits
from unrig.model.elf import ElfFacts
from unrig.model.errors import UsageError
from unrig.model.fact import Fact, FactSet
from unrig.model.msi import MsiFacts
from unrig.model.paths import inside, label
from unrig.model.pe import PeFacts
from unrig.model.problem import Problem, ProblemKind
from unrig.model.progress import Counter, done, expect
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.unpack.folder import list_folder
from unrig.vet.containers import ITSELF, Inside, Reading, Source, look_inside, spilled_source
from unrig.vet.installed import key_of, moved, targets
from unrig.vet.known_facts import Known, learn, recall
from unrig.vet.obstacles import broken, changed_underway, not_opened, other_tree, over_limit, placed, unreadable
from unrig.vet.reading import READ, ReadRequest, ReadResult, container_formats, host_formats
from unrig.vet.scanning import Rules, asking, reader_of

NOT_OPENED = frozenset({"inno"})
"""Containers that are told by structure and that no unit opens: what is inside is unseen, and said so. (An `ar` is
mostly a static library, whose members no reader knows, so it counts as opaque.)"""
TWO_TREES = {"iso_udf": "ISO 9660 beside UDF", "iso_hfs": "HFS beside ISO 9660"}
"""Discs with two trees of files, of which the first named is not opened."""
LIMITS = Limits()
"""Of the whole release; each container counts its own members against the same numbers in its worker."""
OPEN_AT_ONCE = 100
"""Files of a folder that are open at a time, well under the usual limit of 1,024 descriptors."""

Opener = Callable[[], AbstractContextManager[int]]


class Leaf(Struct, frozen=True, kw_only=True):
    """One file of the release with what is known of it."""

    path: str
    sha256: str
    size: int
    format: str
    container: str
    facts: tuple[Fact, ...]
    values: FactSet
    """The facts that could be read, decoded, by their type."""
    stored_as: str = ""
    """What its container calls it, where an installer says what it is called on a computer."""
    index: int = -1
    """Which member of its container it is; -1 for a file on disk."""


class Walk(Struct, kw_only=True):
    """What a walk has gathered so far; the one value here that grows."""

    cache: FactCache
    pool: Pool
    rules: Rules | None = None
    counter: Counter
    leaves: list[Leaf] = []
    problems: list[Problem] = []
    opened: int = 0
    cached: int = 0
    bytes: int = 0
    spent: bool = False
    """Whether the release's budget of files or bytes is, which is said once."""


class Walked(Struct, frozen=True, kw_only=True):
    """A release, read as far as it could be."""

    name: str
    sha256: str
    size: int
    format: str
    leaves: tuple[Leaf, ...]
    problems: tuple[Problem, ...]
    unopened: tuple[str, ...]
    opened: int
    cached: int
    deterministic: bool
    """False where a worker was lost, which a busy machine may bring about."""


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
    return _finish(state, name=name, sha256=top.sha256, size=top.size, file_format=top.format)


def _walk_folder(path: Path, state: Walk) -> Walked:
    plains: list[_Plain] = []
    for entry in list_folder(path):
        if isinstance(entry, Problem):
            _fail(state, entry)
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
    return _finish(state, name=name, sha256=sha256, size=sum(leaf.size for leaf in tops), file_format="folder")


def _nothing(path: Path, expected: str, state: Walk) -> UsageError:
    reason = state.problems[0].observed if state.problems else "an empty one"
    return UsageError(f"{path}: expected {expected} that can be read, found: {reason}.")


def _finish(state: Walk, *, name: str, sha256: str, size: int, file_format: str) -> Walked:
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
    found = targets(databases, (leaf.path for leaf in state.leaves))
    for problem in found.problems:
        _fail(state, problem)
    if found.renamed:
        state.leaves = [_installed(leaf, found.renamed) for leaf in state.leaves]
        state.problems = [_moved(problem, found.renamed) for problem in state.problems]


def _installed(leaf: Leaf, renamed: Mapping[str, str]) -> Leaf:
    path, container = moved(leaf.path, renamed), moved(leaf.container, renamed)
    if (path, container) == (leaf.path, leaf.container):
        return leaf
    return msgspec.structs.replace(leaf, path=path, container=container, stored_as=key_of(leaf.path, renamed))


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
            _expand(state, _add(state, leaf), _source(file), depth=1)


def _source(file: _Open) -> Source:
    return Source(open=lambda: file.descriptor, unchanged=lambda: _unchanged(file))


def _try_open(state: Walk, plain: _Plain, stack: contextlib.ExitStack) -> _Open | None:
    try:
        descriptor = stack.enter_context(plain.open())
        status = os.fstat(descriptor)
        return _Open(path=plain.path, descriptor=descriptor, sha256=_hash(descriptor), status=status)
    except OSError as error:
        _fail(state, unreadable(plain.path, error))
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
            _fail(state, changed_underway(file.path))
            continue
        learned = result if isinstance(result, Problem) else _learned(state, file, result)
        if isinstance(learned, Problem):
            _fail(state, learned)
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
    if leaf.format not in container_formats() or not _may_hold(leaf) or not _affordable(state, leaf, depth):
        return
    container = as_member(leaf)
    reading = Reading(
        cache=state.cache,
        pool=state.pool,
        rules=state.rules,
        counter=state.counter,
        members=LIMITS.members - len(state.leaves),
        bytes=LIMITS.total_bytes - state.bytes,
    )
    with contextlib.ExitStack() as stack:
        _take_in(state, leaf, source, look_inside(reading, container, source, stack), depth)


def _may_hold(leaf: Leaf) -> bool:
    """Tell whether a look inside is worth it: most programs carry nothing, as their facts say already."""
    program = leaf.values.get(ElfFacts)
    if isinstance(program, ElfFacts):
        return program.overlay is not None and program.overlay.span.length >= SMALLEST
    facts = leaf.values.get(PeFacts)
    if leaf.format not in host_formats() or not isinstance(facts, PeFacts):
        return True
    return facts.overlay is not None or any(map(is_free, facts.resources))


def _take_in(state: Walk, leaf: Leaf, source: Source, seen: Inside, depth: int) -> None:
    """Add what was found in a container, and what is inside that."""
    container = as_member(leaf)
    state.opened += seen.opened
    state.cached += seen.cached
    for problem in seen.problems:
        _fail(state, placed(_where(leaf.path, problem.where), problem))
    for found in seen.found:
        child = _add(state, _child(leaf, found.member, found.known))
        if child.format in container_formats():
            with spilled_source(state.pool, container, source, found) as inner:
                _expand(state, child, inner, depth + 1)


def as_member(leaf: Leaf) -> ListedMember:
    """Return a file of the release as its container lists it."""
    return ListedMember(path=leaf.path, size=leaf.size, sha256=leaf.sha256, format=leaf.format, index=-1)


def _child(parent: Leaf, member: ListedMember, known: Known) -> Leaf:
    return Leaf(
        path=inside(parent.path, member.path),
        sha256=member.sha256,
        size=member.size,
        format=known.format,
        container=parent.path,
        facts=known.facts,
        values=known.values,
        index=member.index,
    )


def _where(container: str, place: str) -> str:
    """Return where a problem of a container is, in the release."""
    if place.startswith(ITSELF):
        rest = place.removeprefix(ITSELF).removeprefix(", ")
        return f"{container}: {rest}" if rest else container
    return inside(container, place) if place else container


def _add(state: Walk, leaf: Leaf) -> Leaf:
    """Count a file in, with what its readers failed at."""
    state.leaves.append(leaf)
    state.bytes += leaf.size
    if leaf.format in NOT_OPENED:
        _fail(state, not_opened(leaf.path, leaf.format))
    if leaf.format in TWO_TREES:
        _fail(state, other_tree(leaf.path, TWO_TREES[leaf.format]))
    if leaf.format.startswith(BROKEN):
        _fail(state, broken(leaf.path, leaf.format.removeprefix(BROKEN)))
    for fact in leaf.facts:
        if fact.problem is not None:
            _fail(state, placed(f"{leaf.path}: {fact.problem.where}", fact.problem))
    return leaf


def _affordable(state: Walk, leaf: Leaf, depth: int) -> bool:
    """Tell whether the budget of the whole release covers one more container, and say so where it does not."""
    if depth > LIMITS.depth:
        _fail(state, over_limit(leaf.path, f"{LIMITS.depth} containers within each other"))
        return False
    if len(state.leaves) < LIMITS.members and state.bytes < LIMITS.total_bytes:
        return True
    if not state.spent:
        _fail(state, over_limit(leaf.path, f"{LIMITS.members:,} files and {LIMITS.total_bytes:,} bytes in all"))
    state.spent = True
    return False


@contextlib.contextmanager
def open_named(path: Path) -> Iterator[int]:
    """Open the release itself; only here may a symbolic link be followed, since the user named it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "a pipe, socket or device")
        yield descriptor
    finally:
        os.close(descriptor)


def _hash(descriptor: int) -> str:
    with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        return digest


def _fail(state: Walk, problem: Problem) -> None:
    """Note a problem, which leaves part of the release unseen."""
    state.problems.append(problem)
