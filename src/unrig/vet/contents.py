"""The bytes of files that vet has read already, for whoever keeps them: found again by SHA-256, through containers.

A container's members are known from the listing that vet left in the cache; sealed workers unpack them onto disk and
say the SHA-256 of what they wrote, which must be the one that vet told.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from unrig.model.archive import ListedMember
from unrig.model.artifact import Artifact
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.unpack.folder import FoundFile, list_folder
from unrig.vet.containers import Found, Source, spilled_source
from unrig.vet.known_facts import Known, recall_listing


class Content(Struct, frozen=True, kw_only=True):
    """One file again: an open descriptor to read from its start, good until the next one is asked for."""

    artifact: Artifact
    descriptor: int | Problem


class _Release(Struct, frozen=True, kw_only=True):
    path: Path
    by_path: dict[str, Artifact]
    cache: FactCache
    pool: Pool


def contents(
    release: Path, artifacts: Sequence[Artifact], wanted: Sequence[Artifact], *, cache: FactCache, pool: Pool
) -> Iterator[Content]:
    """Yield each wanted file of a release, in order; `artifacts` are all of it, as vet told them."""
    known = _Release(path=release, by_path={one.path: one for one in artifacts}, cache=cache, pool=pool)
    for artifact in wanted:
        with contextlib.ExitStack() as stack:
            source = _source(known, artifact, stack)
            yield Content(artifact=artifact, descriptor=source if isinstance(source, Problem) else source.open())


def _source(known: _Release, artifact: Artifact, stack: contextlib.ExitStack) -> Source | Problem:
    if not artifact.container:
        return _top(known.path, artifact, stack)
    outer = known.by_path.get(artifact.container)
    if outer is None:
        return _gone(artifact, "the container it stood in")
    listing = recall_listing(known.cache, outer.sha256)
    member = next((m for m in (listing.members if listing else ()) if m.sha256 == artifact.sha256), None)
    if member is None:
        return _gone(artifact, f"a complete listing of {outer.path}")
    inside = _source(known, outer, stack)
    if isinstance(inside, Problem):
        return inside
    found = Found(member=member, known=Known(format=member.format))
    return stack.enter_context(spilled_source(known.pool, _as_member(outer), inside, found))


def _top(release: Path, artifact: Artifact, stack: contextlib.ExitStack) -> Source | Problem:
    try:
        descriptor = (
            stack.enter_context(_found(release, artifact.path).open()) if release.is_dir() else _file(release, stack)
        )
    except OSError as error:
        return _gone(artifact, "the file that was vetted", error.strerror or "nothing of that name")
    return Source(open=lambda: descriptor, unchanged=lambda: True)


def _file(release: Path, stack: contextlib.ExitStack) -> int:
    descriptor = os.open(release, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    stack.callback(os.close, descriptor)
    return descriptor


def _found(release: Path, path: str) -> FoundFile:
    """Return the file of a folder that has this label. Raises FileNotFoundError."""
    for entry in list_folder(release):
        if not isinstance(entry, Problem) and entry.path == path:
            return entry
    raise FileNotFoundError(0, "no file of that name any more")


def _as_member(artifact: Artifact) -> ListedMember:
    return ListedMember(
        path=artifact.path, size=artifact.size, sha256=artifact.sha256, format=artifact.format, index=-1
    )


def _gone(artifact: Artifact, expected: str, observed: str = "none") -> Problem:
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=artifact.path,
        expected=expected,
        observed=observed,
        effect="its bytes are not kept with the case",
        action="keep the release itself, and do not change it while it is vetted",
    )
