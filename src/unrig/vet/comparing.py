"""A release laid beside its good copies: first file by file, then inside the files that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from unrig.model.change import Change, ChangeKind, inside
from unrig.model.rule import ArtifactView, ChangeView, Comparison, Inspection, ReleaseView
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.vet.compare import COMPARISONS
from unrig.vet.deepen import deepen
from unrig.vet.vetted import Vetted


class Compared(Struct, frozen=True, kw_only=True):
    """The releases, with more facts about the files that differ, and how they differ."""

    subject: Vetted
    baselines: tuple[Vetted, ...]
    changes: tuple[ChangeView, ...]


def compare(subject: Vetted, baselines: Sequence[Vetted], *, cache: FactCache, pool: Pool) -> Compared:
    """Lay the release beside each baseline; without one there are no changes."""
    changes: list[ChangeView] = []
    deep: list[Vetted] = []
    for baseline in baselines:
        found = file_changes(_view(baseline), _view(subject))
        differing = [change for change in found if change.kind is ChangeKind.CHANGED]
        old = _deepened(baseline, (c.before.path for c in differing if c.before), cache=cache, pool=pool)
        subject = _deepened(subject, (c.after.path for c in differing if c.after), cache=cache, pool=pool)
        deep.append(old)
        changes += viewed(found, old.views, subject.views)
    return Compared(subject=subject, baselines=tuple(deep), changes=tuple(changes))


def file_changes(before: ReleaseView, after: ReleaseView) -> tuple[Change, ...]:
    """Return which files differ between two releases."""
    units = (unit for unit in COMPARISONS if isinstance(unit, Comparison))
    return tuple(change for unit in units for change in unit.compare(before, after))


def viewed(
    changes: Iterable[Change], before: Sequence[ArtifactView], after: Sequence[ArtifactView]
) -> Iterator[ChangeView]:
    """Yield each change of a file with the facts of both sides, followed by what differs inside it."""
    old = {view.artifact.id: view for view in before}
    new = {view.artifact.id: view for view in after}
    for change in changes:
        sides = (old[change.before.id] if change.before else None, new[change.after.id] if change.after else None)
        yield ChangeView(change=change, before=sides[0], after=sides[1])
        if change.kind is ChangeKind.CHANGED and sides[0] and sides[1]:
            for found in _inside(change, sides[0], sides[1]):
                yield ChangeView(change=found, before=sides[0], after=sides[1])


def _inside(file: Change, before: ArtifactView, after: ArtifactView) -> Iterator[Change]:
    for unit in COMPARISONS:
        if isinstance(unit, Inspection) and unit.reads in before.facts and unit.reads in after.facts:
            for difference in unit.compare(before.facts[unit.reads], after.facts[unit.reads]):
                yield inside(difference, file)


def _view(side: Vetted) -> ReleaseView:
    return ReleaseView(release=side.release, artifacts=side.views)


def _deepened(side: Vetted, paths: Iterable[str], *, cache: FactCache, pool: Pool) -> Vetted:
    """Return a release with the facts of the second reading for the files at these paths."""
    read = deepen(side.path, side.walked, paths, cache=cache, pool=pool)
    views = tuple(
        msgspec.structs.replace(view, facts={**view.facts, **read.facts[view.artifact.sha256]})
        if view.artifact.sha256 in read.facts
        else view
        for view in side.views
    )
    unseen = (*side.unseen, *(f"{problem.where}: {problem.kind}: {problem.observed}" for problem in read.problems))
    return msgspec.structs.replace(side, views=views, problems=(*side.problems, *read.problems), unseen=unseen)
