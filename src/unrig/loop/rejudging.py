"""Earlier results judged again by today's rules, packs and baselines, from what is kept of them: nothing is opened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig import __version__
from unrig.loop import packs_in_force
from unrig.loop.clock import now
from unrig.model.errors import UsageError
from unrig.model.finding import Finding
from unrig.model.levels import Severity, severity_rank
from unrig.model.progress import Counter, Report, done, expect, silent
from unrig.model.results import VetResult
from unrig.sandbox.pool import Pool
from unrig.store import baselines, kept_results, locations, policy_file
from unrig.store.fact_cache import FactCache, open_cache
from unrig.store.kept_results import Body, Head, KeptFinding, KeptResults, Tree, open_results
from unrig.vet import pipeline, scanning
from unrig.vet.preload import LIMITS, PRELOAD, PRELOAD_TO_SCAN

WORTH_SAYING = severity_rank(Severity.MEDIUM)
"""Findings below do not move a verdict."""


class Rejudged(Struct, frozen=True, kw_only=True):
    """One earlier result, what vet says now, and what makes the difference."""

    before: Head
    after: VetResult
    because: tuple[str, ...]
    """Empty where nothing that moves a verdict came, went or was weighed anew."""
    whole: bool = True
    """It could be judged as whole as before; where not, the earlier verdict stands."""


class Means(Struct, frozen=True, kw_only=True):
    """What judging again is done by."""

    policy: policy_file.LoadedPolicy
    crls: tuple[bytes, ...] = ()
    packs: Path | None = None
    jobs: int | None = None
    report: Report = silent


class _Judge(Struct, frozen=True, kw_only=True):
    """What all results of one run share."""

    request: pipeline.VetRequest
    revoked: frozenset[str]
    cache: FactCache
    results: KeptResults
    pool: Pool


def kept(release: str | None) -> tuple[Head, ...]:
    """Return the results that are kept: all of them, or the last one of the release named. Raises UsageError."""
    with open_results(locations.cache_folder()) as results:
        heads = results.heads()
    if release is None:
        return heads
    fits = kept_results.named(heads, release)
    others = sorted({head.release.sha256 for head in fits})
    if len(others) == 1:
        return fits[:1]
    if not fits:
        raise UsageError(
            f"{release}: expected a release that was vetted before, found no result of it among {len(heads)}. "
            "Vet it without --again."
        )
    names = ", ".join(f"{head.release.path} ({head.release.sha256[:12]})" for head in fits)
    raise UsageError(f"{release}: expected one release, found several: {names}. Give the start of its SHA-256.")


def resting_on(sha256: str) -> tuple[Head, ...]:
    """Return the results that rest on the known-good release with this hash."""
    return tuple(head for head in kept(None) if sha256 in head.good)


def revoke(name: str, reason: str, means: Means) -> Iterator[Rejudged]:
    """Mark a baseline as no longer good and yield each result that rested on it. Raises UsageError where none fits."""
    bad = baselines.find(locations.data_folder(), name)
    baselines.revoke(locations.data_folder(), name, reason)
    yield from rejudge(resting_on(bad.release.sha256), means)


def rejudge(heads: Sequence[Head], means: Means) -> Iterator[Rejudged]:
    """Yield each result judged again; one that could be judged as whole as before is kept in its place.

    What was revoked since is no longer compared with. A record that is damaged is passed over.
    """
    listed = packs_in_force.in_force(means.packs)
    counter = Counter(step="judging again", report=means.report)
    expect(counter, len(heads))
    preload = (*PRELOAD, *PRELOAD_TO_SCAN) if listed.yara else PRELOAD
    with contextlib.ExitStack() as stack:
        folder = locations.cache_folder()
        cache, results = stack.enter_context(open_cache(folder)), stack.enter_context(open_results(folder))
        pool = stack.enter_context(Pool(preload, LIMITS, jobs=means.jobs))
        request = pipeline.VetRequest(
            release=Path(),
            policy=means.policy,
            packs=listed.packs,
            listed=listed.listed,
            yara=stack.enter_context(scanning.prepared(listed.yara, folder, pool)),
            hijackable=listed.hijackable,
            crls=means.crls,
            now=now(),
            unrig_version=__version__,
        )
        judge = _Judge(request=request, revoked=_revoked(), cache=cache, results=results, pool=pool)
        for head in heads:
            body = results.body(head)
            done(counter, head.release.path)
            if body is not None:
                yield _rejudged(head, body, judge)


def _rejudged(head: Head, body: Body, judge: _Judge) -> Rejudged:
    left = msgspec.structs.replace(
        body, baselines=_good(body.baselines, judge.revoked), upstreams=_good(body.upstreams, judge.revoked)
    )
    again = pipeline.judge_again(left, judge.request, cache=judge.cache, pool=judge.pool)
    whole = again.result.complete or not body.complete
    if whole:
        judge.results.keep(again.kept, instead_of=head.id)
    return Rejudged(before=head, after=again.result, because=_because(body, left, again), whole=whole)


def _revoked() -> frozenset[str]:
    store = baselines.load(locations.data_folder())
    return frozenset(one.release.sha256 for one in store.baselines if one.revoked)


def _good(trees: Sequence[Tree], revoked: frozenset[str]) -> tuple[Tree, ...]:
    return tuple(tree for tree in trees if tree.release.sha256 not in revoked)


def _because(before: Body, left: Body, again: pipeline.Vetting) -> tuple[str, ...]:
    """Return what came, what went, what is weighed otherwise, and what can no longer be told."""
    gone = [one for one in (*before.baselines, *before.upstreams) if one not in (*left.baselines, *left.upstreams)]
    lines = [f"without {tree.release.path}, which was revoked" for tree in gone]
    lines += _differences(before.findings, again.result.findings)
    if before.complete and not again.result.complete:
        lines.append(f"not everything could be looked at: {_first_missing(again.result)}")
    if lines and before.policy != again.kept.body.policy:
        lines.append("the policy is another one")
    return tuple(lines)


def _differences(before: Iterable[KeptFinding], after: Iterable[Finding]) -> Iterator[str]:
    """Yield the findings that came or went or are weighed otherwise, where they may move a verdict."""
    old = {one.id: one for one in before if not one.waived}
    new = {one.id: one for one in after if not one.waived}
    yield from (_line("new", new[key]) for key in new if key not in old and _heavy(new[key].severity))
    yield from (_line("gone", old[key]) for key in old if key not in new and _heavy(old[key].severity))
    for key in (key for key in new if key in old and new[key].severity is not old[key].severity):
        if _heavy(new[key].severity) or _heavy(old[key].severity):
            yield f"{_line('weighed anew', new[key])}, was {old[key].severity}"


def _heavy(severity: Severity) -> bool:
    return severity_rank(severity) >= WORTH_SAYING


def _line(word: str, finding: Finding | KeptFinding) -> str:
    return f"{word}: {finding.severity} {finding.rule}: {finding.summary}"


def _first_missing(result: VetResult) -> str:
    parts = result.coverage.unopened
    return f"{parts[0]}{f' and {len(parts) - 1} more' if len(parts) > 1 else ''}" if parts else "a part of it"
