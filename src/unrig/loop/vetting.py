"""Vetting with all that a run has at hand: the cache, the packs in force, sealed workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from unrig import __version__
from unrig.loop import named_releases, packs_in_force
from unrig.loop.clock import now
from unrig.loop.compared import Compared
from unrig.model.artifact import Artifact
from unrig.model.progress import Counter, Report, silent
from unrig.model.results import VetResult
from unrig.sandbox.pool import Pool
from unrig.store import locations, policy_file, read_before
from unrig.store.fact_cache import open_cache
from unrig.store.kept_results import open_results
from unrig.vet.preload import LIMITS, PRELOAD, PRELOAD_TO_COMPARE, PRELOAD_TO_SCAN

if TYPE_CHECKING:
    from unrig.vet.contents import Content


def vetted(
    release: Path,
    *,
    given_as: str,
    baselines: Sequence[named_releases.KnownGood],
    upstreams: Sequence[named_releases.KnownGood] = (),
    mirrors: Sequence[Path] = (),
    policy: policy_file.LoadedPolicy,
    crls: tuple[bytes, ...] = (),
    packs: Path | None,
    jobs: int | None,
    report: Report = silent,
) -> VetResult:
    """Vet what has been found and read of all that was named. Raises UsageError where nothing of it could be read."""
    listed = packs_in_force.in_force(packs)
    preload = PRELOAD_TO_COMPARE if baselines or mirrors else PRELOAD
    with (
        open_cache(locations.cache_folder()) as cache,
        Pool((*preload, *PRELOAD_TO_SCAN) if listed.yara else preload, LIMITS, jobs=jobs) as workers,
    ):
        if not read_before.told(cache, release):
            workers.start()
        from unrig.vet import pipeline, scanning  # noqa: PLC0415  (a fifth of a second, in which the server loads too)

        request = pipeline.VetRequest(
            release=release,
            given_as=given_as,
            baselines=tuple(good.path for good in baselines),
            upstreams=tuple(good.path for good in upstreams),
            mirrors=tuple(mirrors),
            stored={good.path: good.stored for good in (*baselines, *upstreams) if good.stored is not None},
            policy=policy,
            packs=listed.packs,
            listed=listed.listed,
            hijackable=listed.hijackable,
            crls=crls,
            now=now(),
            unrig_version=__version__,
            counter=Counter(step="vetting", report=report),
        )
        with scanning.prepared(listed.yara, locations.cache_folder(), workers) as rules:
            done = pipeline.vet_and_keep(msgspec.structs.replace(request, yara=rules), cache=cache, pool=workers)
        read_before.tell(cache, release)
    with open_results(locations.cache_folder()) as results:
        results.keep(done.kept)
    return done.result


class Means(Struct, frozen=True, kw_only=True):
    """What every vetting of one run shares."""

    policy: policy_file.LoadedPolicy
    packs: Path | None
    jobs: int | None
    report: Report = silent


def with_means(means: Means, release: Path, given_as: str, known: Sequence[named_releases.KnownGood] = ()) -> VetResult:
    """Vet a release with what the run shares."""
    return vetted(
        release,
        given_as=given_as,
        baselines=known,
        policy=means.policy,
        packs=means.packs,
        jobs=means.jobs,
        report=means.report,
    )


def beside(means: Means, good: Sequence[named_releases.KnownGood], fix: str | None) -> Compared:
    """Vet the releases beside the one that is investigated: those known to be good, and the build that replaces it."""
    new = named_releases.located(fix) if fix is not None else None
    return Compared(
        baselines=tuple(with_means(means, one.path, "") for one in good),
        fix=with_means(means, new, named_releases.as_given(fix or "")) if new is not None else None,
    )


def contents(release: Path, found: VetResult, wanted: Sequence[Artifact], *, jobs: int | None) -> Iterator[Content]:
    """Yield the bytes of artifacts that vet found in a release, in order."""
    from unrig.vet.contents import contents as read  # noqa: PLC0415  (what `vetted` can do without)

    with open_cache(locations.cache_folder()) as cache, Pool(PRELOAD, LIMITS, jobs=jobs) as workers:
        yield from read(release, found.artifacts, wanted, cache=cache, pool=workers)
