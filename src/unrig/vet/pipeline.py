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
from unrig.store.kept_results import Body, Kept, Tree
from unrig.store.policy_file import LoadedPolicy
from unrig.vet.comparing import compare
from unrig.vet.coverage import coverage_of, damages
from unrig.vet.detect import RULES
from unrig.vet.discriminating import identities
from unrig.vet.frameworks import framework_components
from unrig.vet.judging import Judged, judge
from unrig.vet.leads import leads_of
from unrig.vet.leaves import Walked
from unrig.vet.naming import named
from unrig.vet.obstacles import lists_needed
from unrig.vet.recalling import recalled
from unrig.vet.recording import record_of, tree_of
from unrig.vet.scanning import Prepared, reader_of
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


class Looked(Struct, frozen=True, kw_only=True):
    """All releases of one run, read and not yet compared."""

    subject: Vetted
    baselines: tuple[Vetted, ...]
    upstreams: tuple[Vetted, ...]
    mirrors: tuple[Vetted, ...]


class Vetting(Struct, frozen=True, kw_only=True):
    """The answer, and the record by which it can be judged again."""

    result: VetResult
    kept: Kept


def vet(request: VetRequest, *, cache: FactCache, pool: Pool) -> VetResult:
    """Vet a release and return the whole answer. Raises UsageError where nothing of it could be read."""
    return vet_and_keep(request, cache=cache, pool=pool).result


def vet_and_keep(request: VetRequest, *, cache: FactCache, pool: Pool) -> Vetting:
    """Vet a release and return the answer with its record. Raises UsageError where nothing of it could be read."""
    started = time.monotonic()

    def looked_at(paths: Sequence[Path]) -> tuple[Vetted, ...]:
        return tuple(_look_at(path, request, cache=cache, pool=pool) for path in paths)

    looked = Looked(
        subject=_look_at(request.release, request, cache=cache, pool=pool),
        baselines=looked_at(request.baselines),
        upstreams=looked_at(request.upstreams),
        mirrors=looked_at(request.mirrors),
    )
    result = _answer(looked, request, started, cache=cache, pool=pool)
    rules = reader_of(request.yara.rules)
    made_of = Body(
        subject=tree_of(looked.subject, rules, named=bool(request.given_as)),
        baselines=tuple(tree_of(one, rules) for one in looked.baselines),
        upstreams=tuple(tree_of(one, rules) for one in looked.upstreams),
        mirrors=tuple(tree_of(one, rules) for one in looked.mirrors),
    )
    return Vetting(result=result, kept=_record(result, made_of, request))


def judge_again(kept: Body, request: VetRequest, *, cache: FactCache, pool: Pool) -> Vetting:
    """Judge a release that was vetted before by what the cache knows of it and of what it was compared with.

    No byte of any of them is opened: what would need that is a problem of the result. Of the request, the policy, the
    packs, the revocation lists and the clock count; its paths do not.
    """
    started = time.monotonic()

    def known(trees: Sequence[Tree]) -> tuple[Vetted, ...]:
        return tuple(_recall(tree, request, cache=cache, pool=pool) for tree in trees)

    looked = Looked(
        subject=_with_lists(_recall(kept.subject, request, cache=cache, pool=pool), kept, request),
        baselines=known(kept.baselines),
        upstreams=known(kept.upstreams),
        mirrors=known(kept.mirrors),
    )
    result = _answer(looked, request, started, cache=cache, pool=pool)
    return Vetting(result=result, kept=_record(result, kept, request))


def _with_lists(subject: Vetted, kept: Body, request: VetRequest) -> Vetted:
    """Return the release, with a problem where it was judged with revocation lists that are not at hand."""
    if len(request.crls) >= kept.crls:
        return subject
    problem = lists_needed(subject.release.path, kept.crls)
    return msgspec.structs.replace(
        subject, problems=(*subject.problems, problem), unseen=(*subject.unseen, f"{problem.where}: {problem.expected}")
    )


def _record(result: VetResult, made_of: Body, request: VetRequest) -> Kept:
    return record_of(result, made_of, policy=request.policy.sha256, crls=len(request.crls))


def _answer(looked: Looked, request: VetRequest, started: float, *, cache: FactCache, pool: Pool) -> VetResult:
    """Compare, judge and arrange what was read."""
    compared = compare(looked.subject, looked.baselines, cache=cache, pool=pool)
    known = (*compared.baselines, *looked.upstreams)
    beside = compare(compared.subject, looked.mirrors, cache=cache, pool=pool)
    subject = beside.subject
    seen = ReleaseView(
        release=subject.release,
        artifacts=subject.views,
        known_good=tuple(view for one in known for view in one.views),
        baseline=tuple(view for one in compared.baselines for view in one.views),
        upstreams=tuple(one.views for one in looked.upstreams),
        mirrored=beside.changes,
        mirrors=len(looked.mirrors),
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
        known=known,
        seen=seen,
        judged=judged,
        waived=waived,
        identities=identities(seen.artifacts, seen.known_good, [f for f in waived.findings if not f.waived]),
    )
    result = _result(request, evaluated)
    return msgspec.structs.replace(result, stats=_stats([subject, *known], time.monotonic() - started, pool))


def _look_at(path: Path, request: VetRequest, *, cache: FactCache, pool: Pool) -> Vetted:
    walked = walk(path, cache=cache, pool=pool, rules=request.yara.rules, counter=request.counter)
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
    release = _as_stored(release, request.stored.get(path))
    return _vetted(path, release, walked, request, cache=cache, pool=pool)


def _recall(tree: Tree, request: VetRequest, *, cache: FactCache, pool: Pool) -> Vetted:
    walked = recalled(tree, cache=cache, rules=reader_of(request.yara.rules))
    return _vetted(None, tree.release, walked, request, cache=cache, pool=pool)


def _vetted(
    path: Path | None, release: Release, walked: Walked, request: VetRequest, *, cache: FactCache, pool: Pool
) -> Vetted:
    """Return a release with the chains of its signers judged."""
    trusted = with_trust(views_of(walked), request.policy.roots, request.crls, now=request.now, cache=cache, pool=pool)
    problems = (*walked.problems, *trusted.problems, *damages(trusted.views))
    unseen = (*walked.unopened, *(p.where for p in (*trusted.problems, *damages(trusted.views))))
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
