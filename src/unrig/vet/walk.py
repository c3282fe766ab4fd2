"""From a release on disk to its files with their facts: cache first, sealed workers for the rest.

The parent opens files and passes descriptors; it never looks at their bytes except to hash them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.archive import ListedMember
from unrig.model.artifact import folder_sha256
from unrig.model.budget import Limits
from unrig.model.errors import UsageError
from unrig.model.fact import Fact
from unrig.model.paths import inside, label
from unrig.model.problem import Problem
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Item
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.unpack.folder import FoundFile, list_folder
from unrig.vet.batches import dealt, fair_batch
from unrig.vet.known_facts import (
    Known,
    Listing,
    recall,
    recall_listing,
    remember,
    remember_listing,
)
from unrig.vet.obstacles import changed_underway, over_limit, placed, unreadable
from unrig.vet.reading import (
    READ,
    SPILL,
    SURVEY,
    Header,
    ReadRequest,
    ReadResult,
    SpillRequest,
    SurveyRequest,
    container_formats,
)

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


class Walk(Struct, kw_only=True):
    """What a walk has gathered so far; the one value here that grows."""

    cache: FactCache
    pool: Pool
    leaves: list[Leaf] = []
    problems: list[Problem] = []
    unopened: list[str] = []
    opened: int = 0
    cached: int = 0
    bytes: int = 0


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


def walk(path: Path, *, cache: FactCache, pool: Pool) -> Walked:
    """Read a release: one file or a folder. Raises UsageError where there is nothing that could be read."""
    state = Walk(cache=cache, pool=pool)
    if path.is_dir():
        return _walk_folder(path, state)
    name = label(os.fsencode(path.name))
    top = _hash_and_read(state, [_Plain(path=name, container="", open=lambda: _open_named(path))])
    if not top:
        reason = state.problems[0].observed if state.problems else "nothing"
        raise UsageError(f"{path}: expected a file or folder that can be read, found: {reason}.")
    _expand(state, top[0], lambda: _open_named(path), depth=1)
    return _finish(state, name=name, sha256=top[0].sha256, size=top[0].size, file_format=top[0].format)


class _Plain(Struct, frozen=True, kw_only=True):
    """A file on disk, by the label it has in the release and the way to open it."""

    path: str
    container: str
    open: Opener


def _walk_folder(path: Path, state: Walk) -> Walked:
    plains: list[_Plain] = []
    for entry in list_folder(path):
        if isinstance(entry, Problem):
            _fail(state, entry)
        else:
            plains.append(_Plain(path=entry.path, container="", open=_folder_opener(entry)))
    for start in range(0, len(plains), OPEN_AT_ONCE):
        chunk = plains[start : start + OPEN_AT_ONCE]
        openers = {plain.path: plain.open for plain in chunk}
        for leaf in _hash_and_read(state, chunk):
            _expand(state, leaf, openers[leaf.path], depth=1)
    tops = [leaf for leaf in state.leaves if not leaf.container]
    if not tops and not state.problems:
        raise UsageError(f"{path}: expected a folder with files, found an empty one.")
    sha256 = folder_sha256((leaf.path, leaf.sha256) for leaf in tops)
    name = label(os.fsencode(path.resolve().name))
    return _finish(state, name=name, sha256=sha256, size=sum(leaf.size for leaf in tops), file_format="folder")


def _folder_opener(entry: FoundFile) -> Opener:
    return entry.open


def _finish(state: Walk, *, name: str, sha256: str, size: int, file_format: str) -> Walked:
    return Walked(
        name=name,
        sha256=sha256,
        size=size,
        format=file_format,
        leaves=tuple(sorted(state.leaves, key=lambda leaf: leaf.path)),
        problems=tuple(sorted({p.id: p for p in state.problems}.values(), key=lambda p: (p.where, p.id))),
        unopened=tuple(sorted(set(state.unopened))),
        opened=state.opened,
        cached=state.cached,
    )


def _hash_and_read(state: Walk, plains: Sequence[_Plain]) -> list[Leaf]:
    """Hash plain files in the parent, then have workers read those that the cache does not know."""
    leaves: list[Leaf] = []
    with contextlib.ExitStack() as stack:
        waiting: list[tuple[_Plain, str, int]] = []
        for plain in plains:
            opened = _try_open(state, plain, stack)
            if opened is None:
                continue
            sha256 = _hash(opened)
            known = recall(state.cache, sha256)
            if known is None:
                waiting.append((plain, sha256, opened))
            else:
                state.cached += 1
                leaves.append(_added(state, _top_leaf(plain, sha256, os.fstat(opened).st_size, known)))
        leaves += _read_plain(state, waiting)
    return leaves


def _read_plain(state: Walk, waiting: Sequence[tuple[_Plain, str, int]]) -> Iterator[Leaf]:
    items = [Item(argument=ReadRequest(sha256=sha), descriptors=(fd,), where=plain.path) for plain, sha, fd in waiting]
    before = [os.fstat(fd) for _, _, fd in waiting]
    for number, result in state.pool.map(READ, items):
        plain, sha256, descriptor = waiting[number]
        state.opened += 1
        now = os.fstat(descriptor)
        if isinstance(result, Problem):
            _fail(state, result)
            yield _added(state, _top_leaf(plain, sha256, now.st_size, Known(format="", facts=())))
        elif (now.st_mtime_ns, now.st_size) != (before[number].st_mtime_ns, before[number].st_size):
            _fail(state, changed_underway(plain.path))
        else:
            known = _learn(state, plain.path, result)
            yield _added(state, _top_leaf(plain, sha256, now.st_size, known))


def _learn(state: Walk, path: str, result: ReadResult) -> Known:
    """Keep what a worker read of one file."""
    known = Known(format=result.format, facts=result.facts)
    remember(state.cache, result.sha256, known)
    for problem in result.problems:
        _fail(state, placed(path, problem))
    return known


def _added(state: Walk, leaf: Leaf) -> Leaf:
    """Count a file in, with what its readers failed at."""
    state.leaves.append(leaf)
    state.bytes += leaf.size
    for fact in leaf.facts:
        if fact.problem is not None:
            _fail(state, placed(f"{leaf.path}: {fact.problem.where}", fact.problem))
    return leaf


def _top_leaf(plain: _Plain, sha256: str, size: int, known: Known) -> Leaf:
    return Leaf(
        path=plain.path, sha256=sha256, size=size, format=known.format, container=plain.container, facts=known.facts
    )


def _member_leaf(parent: Leaf, member: ListedMember, known: Known) -> Leaf:
    return Leaf(
        path=inside(parent.path, member.path),
        sha256=member.sha256,
        size=member.size,
        format=known.format,
        container=parent.path,
        facts=known.facts,
    )


def _expand(state: Walk, leaf: Leaf, opener: Opener, depth: int) -> None:
    """Add the members of a container, and theirs."""
    if leaf.format not in container_formats():
        return
    spent = _spent(state, depth)
    if spent:
        _fail(state, over_limit(leaf.path, spent))
        return
    listing, known = _from_cache(state, leaf)
    with contextlib.ExitStack() as stack:
        if listing is None or None in known.values():
            descriptor = stack.enter_context(opener())
            listing, known = _from_workers(state, leaf, descriptor)
        for problem in listing.problems:
            _fail(state, placed(inside(leaf.path, problem.where), problem))
        for member in listing.members:
            got = known.get(member.index)
            if not member.sha256 or got is None:
                continue
            child = _added(state, _member_leaf(leaf, member, got))
            _expand(state, child, _spill_opener(state, leaf, opener, member), depth + 1)


def _from_cache(state: Walk, leaf: Leaf) -> tuple[Listing | None, dict[int, Known | None]]:
    listing = recall_listing(state.cache, leaf.sha256)
    if listing is None:
        return None, {}
    known = {member.index: recall(state.cache, member.sha256) for member in listing.members if member.sha256}
    state.cached += sum(1 for value in known.values() if value is not None)
    return listing, known


def _from_workers(state: Walk, leaf: Leaf, descriptor: int) -> tuple[Listing, dict[int, Known | None]]:
    """Survey a container, then read every file in it."""
    surveyed = ask(state.pool, SURVEY, _survey_item(leaf, descriptor))
    if isinstance(surveyed, Problem):
        return Listing(members=(), problems=(surveyed,)), {}
    headers = [header for header in surveyed.headers if header.kind == "file"]
    members: list[ListedMember] = []
    problems = list(surveyed.problems)
    known: dict[int, Known | None] = {}
    for header, result in _read_members(state, leaf, descriptor, headers):
        if isinstance(result, Problem):
            problems.append(result)
            continue
        problems += result.problems
        remember(state.cache, result.sha256, Known(format=result.format, facts=result.facts))
        known[header.index] = Known(format=result.format, facts=result.facts)
        members.append(_listed(header, result))
    members.sort(key=lambda member: member.index)
    listing = Listing(members=tuple(members), problems=tuple(problems))
    remember_listing(state.cache, leaf.sha256, listing)
    return listing, known


def _survey_item(leaf: Leaf, descriptor: int) -> Item[SurveyRequest]:
    return Item(argument=SurveyRequest(format=leaf.format), descriptors=(descriptor,))


def _listed(header: Header, result: ReadResult) -> ListedMember:
    return ListedMember(
        path=header.path,
        size=result.size,
        sha256=result.sha256,
        format=result.format,
        index=header.index,
        offset=header.offset,
        kind=header.kind,
    )


def _read_members(
    state: Walk, leaf: Leaf, descriptor: int, headers: Sequence[Header]
) -> Iterator[tuple[Header, ReadResult | Problem]]:
    """Read members in workers; those too large for memory are spilled to disk and read from there."""
    share = fair_batch(len(headers))
    ordered = dealt(sorted(headers, key=lambda header: (-header.size, header.index)), share)
    items = [
        Item(
            argument=ReadRequest(format=leaf.format, index=header.index),
            descriptors=(descriptor,),
            where=header.path,
        )
        for header in ordered
    ]
    for number, result in state.pool.map(READ, items, batch=share):
        state.opened += 1
        if isinstance(result, Problem) or not result.too_large:
            yield ordered[number], result
        else:
            yield ordered[number], _read_large(state, leaf, descriptor, ordered[number])


def _read_large(state: Walk, leaf: Leaf, descriptor: int, header: Header) -> ReadResult | Problem:
    where = header.path
    with tempfile.TemporaryFile(prefix="unrig-") as scratch:
        request = SpillRequest(format=leaf.format, index=header.index)
        item = Item(argument=request, descriptors=(descriptor, scratch.fileno()), where=where)
        spilled = ask(state.pool, SPILL, item)
        if isinstance(spilled, Problem):
            return spilled
        again = Item(argument=ReadRequest(sha256=spilled.sha256), descriptors=(scratch.fileno(),), where=where)
        result = ask(state.pool, READ, again)
        if isinstance(result, Problem):
            return result
        return msgspec.structs.replace(result, problems=(*spilled.problems, *result.problems))


def _spill_opener(state: Walk, leaf: Leaf, opener: Opener, member: ListedMember) -> Opener:
    """Return the way to open a member as a file of its own: spilled to disk, unlinked at once."""

    @contextlib.contextmanager
    def spilled() -> Iterator[int]:
        with opener() as descriptor, tempfile.TemporaryFile(prefix="unrig-") as scratch:
            request = SpillRequest(format=leaf.format, index=member.index)
            where = inside(leaf.path, member.path)
            item = Item(argument=request, descriptors=(descriptor, scratch.fileno()), where=where)
            result = ask(state.pool, SPILL, item)
            if isinstance(result, Problem):
                _fail(state, result)
            yield scratch.fileno()

    return spilled


def _spent(state: Walk, depth: int) -> str:
    """Return which budget of the whole release is spent, or nothing."""
    if depth > LIMITS.depth:
        return f"{LIMITS.depth} containers within each other"
    if len(state.leaves) > LIMITS.members:
        return f"{LIMITS.members:,} files"
    if state.bytes > LIMITS.total_bytes:
        return f"{LIMITS.total_bytes:,} bytes unpacked"
    return ""


def _try_open(state: Walk, plain: _Plain, stack: contextlib.ExitStack) -> int | None:
    try:
        return stack.enter_context(plain.open())
    except OSError as error:
        _fail(state, unreadable(plain.path, error))
        return None


@contextlib.contextmanager
def _open_named(path: Path) -> Iterator[int]:
    """Open the release itself; only here may a symbolic link be followed, since the user named it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
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
    """Note a problem that leaves part of the release unseen."""
    state.problems.append(problem)
    state.unopened.append(f"{problem.where}: {problem.kind}: {problem.observed}")
