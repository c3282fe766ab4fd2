"""`unrig vet`: the steps, in the order data flows."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

from unrig.model.artifact import Artifact, Component, Release
from unrig.model.errors import UsageError
from unrig.model.identity import Identity
from unrig.model.policy import Pack
from unrig.model.problem import Problem
from unrig.model.progress import Counter
from unrig.model.results import Stats, VetResult
from unrig.model.rule import Hijackable, Listed, ReleaseView
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.store.policy_file import LoadedPolicy
from unrig.vet.comparing import compare
from unrig.vet.coverage import coverage_of, damages
from unrig.vet.detect import RULES
from unrig.vet.discriminating import identities
from unrig.vet.frameworks import framework_components
from unrig.vet.judging import Judged, judge
from unrig.vet.leads import leads_of
from unrig.vet.naming import named
from unrig.vet.scanning import Prepared
from unrig.vet.trusting import with_trust
from unrig.vet.verdict import because, verdict_of
from unrig.vet.vetted import Vetted
from unrig.vet.views import views_of
from unrig.vet.waiving import Waived, waive
from unrig.vet.walk import walk


class VetRequest(Struct, frozen=True, kw_only=True):
    """What to vet and against what. Paths are as the user gave them; `now` is the only clock."""

    release: Path
    given_as: str = ""
    """How the document names the release (a purl, say); its file name where empty."""
    baselines: tuple[Path, ...] = ()
    upstreams: tuple[Path, ...] = ()
    mirrors: tuple[Path, ...] = ()
    """The same release from other places."""
    stored: dict[Path, Release] = field(default_factory=dict)
    """What the baseline store says of known-good releases that came from there."""
    policy: LoadedPolicy
    packs: tuple[Pack, ...] = ()
    """The packs in force; what they list is in `listed`."""
    listed: dict[str, Listed] = field(default_factory=dict)
    """Known bad files by SHA-256."""
    yara: Prepared = Prepared()
    """The YARA rules in force, compiled."""
    hijackable: dict[str, Hijackable] = field(default_factory=dict)
    """Libraries that programs load from their own folder, by file name."""
    crls: tuple[bytes, ...] = ()
    """Certificate revocation lists, DER."""
    now: dt.datetime
    unrig_version: str
    counter: Counter = field(default_factory=Counter)
    """Counts what is read, and tells it to whoever watches."""


class Evaluated(Struct, frozen=True, kw_only=True):
    """Everything known when the rules have run; the result only arranges it."""

    subject: Vetted
    known: tuple[Vetted, ...]
    seen: ReleaseView
    judged: Judged
    waived: Waived
    identities: dict[str, Identity]


def vet(request: VetRequest, *, cache: FactCache, pool: Pool) -> VetResult:
    """Vet a release and return the whole answer. Raises UsageError where nothing of it could be read."""
    started = time.monotonic()
    subject = _look_at(request.release, request, cache=cache, pool=pool)
    known = [_look_at(path, request, cache=cache, pool=pool) for path in (*request.baselines, *request.upstreams)]
    compared = compare(subject, known[: len(request.baselines)], cache=cache, pool=pool)
    subject, known = compared.subject, [*compared.baselines, *known[len(request.baselines) :]]
    copies = [_look_at(path, request, cache=cache, pool=pool) for path in request.mirrors]
    beside = compare(subject, copies, cache=cache, pool=pool)
    subject = beside.subject
    seen = ReleaseView(
        release=subject.release,
        artifacts=subject.views,
        known_good=tuple(view for one in known for view in one.views),
        baseline=tuple(view for one in compared.baselines for view in one.views),
        upstreams=tuple(one.views for one in known[len(request.baselines) :]),
        mirrored=beside.changes,
        mirrors=len(copies),
        changes=compared.changes,
        listed=request.listed,
        scanned=_scanned(request),
        hijackable=request.hijackable,
        publishers=_publishers(subject, request),
    )
    judged = judge(RULES, seen)
    waived = _waive(judged, subject, request)
    evaluated = Evaluated(
        subject=subject,
        known=tuple(known),
        seen=seen,
        judged=judged,
        waived=waived,
        identities=identities(seen.artifacts, seen.known_good, [f for f in waived.findings if not f.waived]),
    )
    result = _result(request, evaluated)
    return msgspec.structs.replace(result, stats=_stats([subject, *known], time.monotonic() - started, pool))


def _look_at(path: Path, request: VetRequest, *, cache: FactCache, pool: Pool) -> Vetted:
    walked = walk(path, cache=cache, pool=pool, rules=request.yara.rules, counter=request.counter)
    trusted = with_trust(views_of(walked), request.policy.roots, request.crls, now=request.now, cache=cache, pool=pool)
    name = named(walked.name)
    release = Release(
        name=name.name,
        version=name.version,
        platform=name.platform,
        path=request.given_as if path == request.release and request.given_as else walked.name,
        sha256=walked.sha256,
        size=walked.size,
        format=walked.format,
    )
    problems = (*walked.problems, *trusted.problems, *damages(trusted.views))
    unseen = (*walked.unopened, *(p.where for p in (*trusted.problems, *damages(trusted.views))))
    release = _as_stored(release, request.stored.get(path))
    return Vetted(path=path, release=release, views=trusted.views, walked=walked, problems=problems, unseen=unseen)


def _as_stored(release: Release, stored: Release | None) -> Release:
    """Return a known-good release with the store's trust. Raises UsageError where its bytes are not those it kept."""
    if stored is None:
        return release
    if stored.sha256 != release.sha256:
        raise UsageError(
            f"baseline {stored.name}: expected the bytes that were added, SHA-256 {stored.sha256}, found "
            f"{release.sha256}. Put them back, or remove it and add what is good now."
        )
    return msgspec.structs.replace(release, trust=stored.trust)


def _scanned(request: VetRequest) -> dict[str, str]:
    """Return the names of the packs of YARA rules, by SHA-256; none where none of their rules could be compiled."""
    return {pack.sha256: pack.name for pack in request.packs if pack.kind == "yara"} if request.yara.rules else {}


def _publishers(subject: Vetted, request: VetRequest) -> tuple[str, ...]:
    """Return the signers that the policy expects in this product."""
    name = subject.release.name.casefold()
    return tuple(one.signer for one in request.policy.policy.publishers if one.product.casefold() == name)


def _waive(judged: Judged, subject: Vetted, request: VetRequest) -> Waived:
    by_id = {view.artifact.id: view.artifact.identity for view in subject.views}
    return waive(judged.findings, request.policy.policy.waivers, by_id, request.now.date())


def _result(request: VetRequest, evaluated: Evaluated) -> VetResult:
    subject, waived, told = evaluated.subject, evaluated.waived, evaluated.identities
    complete = not subject.unseen
    standing = [finding for finding in waived.findings if not finding.waived]
    word = verdict_of(standing, complete=complete)
    artifacts = tuple(_identified(view.artifact, told) for view in subject.views)
    return VetResult(
        generated_at=request.now,
        unrig_version=request.unrig_version,
        release=subject.release,
        baselines=tuple(good.release for good in evaluated.known),
        verdict=word,
        complete=complete,
        because=because(standing, word, subject.unseen),
        verdict_without_hindsight=verdict_of([f for f in standing if not f.hindsight], complete=complete),
        verdict_without_waivers=verdict_of(evaluated.judged.findings, complete=complete),
        findings=waived.findings,
        changes=tuple(view.change for view in evaluated.seen.changes),
        coverage=coverage_of(subject.views, subject.unseen),
        artifacts=artifacts,
        components=(*_components(artifacts), *framework_components(subject.views)),
        leads=leads_of(subject.release, subject.views, told, standing),
        not_evaluated=evaluated.judged.not_evaluated,
        waived=waived.said,
        problems=_problems([subject, *evaluated.known], request.yara.problems),
        packs=request.packs,
    )


def _identified(artifact: Artifact, told: dict[str, Identity]) -> Artifact:
    return msgspec.structs.replace(artifact, identity=told[artifact.id])


def _components(artifacts: Sequence[Artifact]) -> tuple[Component, ...]:
    """Return the parts that name themselves by version information."""
    return tuple(
        Component(identity=artifact.identity, artifact=artifact.id, told_by="version_info")
        for artifact in artifacts
        if artifact.identity.version
    )


def _problems(read: Sequence[Vetted], others: Sequence[Problem]) -> tuple[Problem, ...]:
    found = [*others, *(problem for one in read for problem in one.problems)]
    return tuple(sorted({p.id: p for p in found}.values(), key=lambda p: (p.where, p.id)))


def _stats(read: Sequence[Vetted], seconds: float, pool: Pool) -> Stats:
    layers = pool.layers
    return Stats(
        files=sum(len(one.views) for one in read),
        bytes=sum(view.artifact.size for one in read for view in one.views),
        seconds=round(seconds, 3),
        cached=sum(one.walked.cached for one in read),
        opened=sum(one.walked.opened for one in read),
        deterministic=all(one.walked.deterministic for one in read),
        sandbox=(*layers.in_force, *(f"-{gone.layer}: {gone.reason}" for gone in layers.missing)),
    )
