"""Running the rules: which could be evaluated, what they hit, and the findings made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec
from msgspec import Struct

from unrig.data.base_rates import base_rates
from unrig.model.coverage import NotEvaluated
from unrig.model.finding import ArtifactRef, Finding, finding_id
from unrig.model.levels import milder, severity_rank
from unrig.model.paths import file_name
from unrig.model.place import Evidence, Key, Range
from unrig.model.rule import ArtifactView, ChangeView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts, TrustFacts
from unrig.vet.facts import EXTRACTORS
from unrig.vet.weighing import base_rate, loudest


class Judged(Struct, frozen=True, kw_only=True):
    """The findings of all rules, and the rules that had nothing to judge by."""

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]


def judge(rules: Sequence[Rule], release: ReleaseView) -> Judged:
    """Evaluate every rule that is not retired over one release."""
    by_id = {view.artifact.id: view for view in (*release.artifacts, *release.known_good)}
    findings: list[Finding] = []
    not_evaluated: list[NotEvaluated] = []
    for rule in rules:
        if rule.maturity == "retired":
            continue
        findings += (_finding(rule, hit, by_id) for hit in _hits(rule, release))
        not_evaluated += _not_evaluated(rule, release)
    return Judged(findings=_merged(findings), not_evaluated=tuple(not_evaluated))


def _hits(rule: Rule, release: ReleaseView) -> Iterator[Hit]:
    match rule.over:
        case "artifact":
            for view in release.artifacts:
                if all(reads in view.facts for reads in rule.reads):
                    hits = rule.check(*(view.facts[reads] for reads in rule.reads))
                    yield from (_bound(hit, view) for hit in hits)
        case "change":
            for change in release.changes:
                present = change.after or change.before
                if present is not None and change.change.family in rule.families and _readable(rule, change):
                    yield from (_bound(hit, present) for hit in rule.check(change))
        case "release":
            yield from rule.check(release)


def _readable(rule: Rule, change: ChangeView) -> bool:
    sides = [side for side in (change.before, change.after) if side is not None]
    return all(reads in side.facts for side in sides for reads in rule.reads)


def _bound(hit: Hit, view: ArtifactView) -> Hit:
    """Say which artifact a hit is about, once for each span or key (and once where it has neither)."""
    times = max(len(hit.spans), 1)
    return Hit(
        what=hit.what,
        spans=hit.spans,
        keys=hit.keys,
        artifacts=(view.artifact.id,) * times,
        expected=hit.expected,
        observed=hit.observed,
        severity=hit.severity,
    )


def _finding(rule: Rule, hit: Hit, views: Mapping[str, ArtifactView]) -> Finding:
    refs = {i: _ref(views[i]) for i in hit.artifacts}
    row = base_rates().get(rule.measures)
    severity = milder(milder(rule.severity, hit.severity or rule.severity), loudest(row))
    names = ", ".join(sorted({file_name(ref.path) for ref in refs.values()}))
    return Finding(
        id=finding_id(rule.id, (r.sha256 for r in refs.values()), (s.offset for s in hit.spans), hit.keys),
        rule=rule.id,
        title=rule.title,
        severity=severity,
        confidence=rule.confidence,
        maturity=rule.maturity,
        artifacts=tuple(refs.values()),
        techniques=rule.techniques,
        hindsight=rule.hindsight,
        summary=f"{names}: {hit.what}",
        benign=rule.benign,
        base_rate=base_rate(row),
        evidence=tuple(_evidence(hit)),
    )


def _ref(view: ArtifactView) -> ArtifactRef:
    return ArtifactRef(id=view.artifact.id, path=view.artifact.path, sha256=view.artifact.sha256)


def _evidence(hit: Hit) -> Iterator[Evidence]:
    for span, artifact in zip(hit.spans, hit.artifacts, strict=False):
        yield Evidence(
            place=Range(artifact=artifact, offset=span.offset, length=span.length),
            what=hit.what,
            expected=hit.expected,
            observed=hit.observed,
            window=span.window,
            sha256=span.sha256,
        )
    for key in hit.keys or (() if hit.spans else ("",)):
        place = Key(artifact=hit.artifacts[0], key=key)
        yield Evidence(place=place, what=hit.what, expected=hit.expected, observed=hit.observed)


def _merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make one finding of the same bytes at several paths, and put all in the contract's order."""
    same: dict[str, list[Finding]] = {}
    for finding in findings:
        same.setdefault(finding.id, []).append(finding)
    return tuple(sorted((_joined(each) for each in same.values()), key=_order))


def _joined(same: Sequence[Finding]) -> Finding:
    """Keep the worst of several, of equal ones that of the first path: which came first must not matter."""
    first = min(same, key=lambda f: (-severity_rank(f.severity), [ref.path for ref in f.artifacts], f.summary))
    refs = {ref.id: ref for finding in same for ref in finding.artifacts}
    if len(same) == 1:
        return first
    return msgspec.structs.replace(first, artifacts=tuple(sorted(refs.values(), key=lambda ref: ref.path)))


def _order(finding: Finding) -> tuple[int, str, str, int, str]:
    """Severity, rule, path, offset (contract)."""
    offsets = [e.place.offset for e in finding.evidence if isinstance(e.place, Range)]
    first = finding.artifacts[0].path if finding.artifacts else ""
    return (-severity_rank(finding.severity), finding.rule, first, min(offsets, default=0), finding.id)


_MISSING: Mapping[str, str] = MappingProxyType(
    {
        "baseline": "no baseline was given",
        "known_good": "no baseline was given",
        "upstreams": "no upstream release was given",
        "mirrors": "no copy from another place was given",
        "listed": "no pack of known bad files was given",
        "scanned": "no pack of YARA rules was given",
        "publishers": "the policy names no publishers of this product",
    }
)


def _not_evaluated(rule: Rule, release: ReleaseView) -> Iterator[NotEvaluated]:
    """Name the rules that lacked a comparison, or facts that a reader should have given."""
    given = {
        "baseline": bool(release.baseline),
        "known_good": bool(release.known_good),
        "upstreams": bool(release.upstreams),
        "mirrors": bool(release.mirrors),
        "listed": bool(release.listed),
        "scanned": bool(release.scanned),
        "publishers": bool(release.publishers),
    }
    needs = ("baseline", *rule.needs) if rule.over == "change" else rule.needs
    missing_need = next((_MISSING[need] for need in needs if not given[need]), "")
    if missing_need:
        yield NotEvaluated(rule=rule.id, reason=missing_need)
        return
    compares = rule.over == "change" or "known_good" in rule.needs
    views = (*release.artifacts, *release.known_good) if compares else release.artifacts
    for reads in rule.reads:
        formats = _formats(reads)
        missing = [view.artifact.path for view in views if _lacks(view, reads, formats)]
        if missing:
            reason = f"{reads.__name__} could not be read from {len(missing)} of the files, first {missing[0]}"
            yield NotEvaluated(rule=rule.id, reason=reason)


def _lacks(view: ArtifactView, reads: type, formats: frozenset[str]) -> bool:
    """Tell whether a file should have these facts and does not."""
    if reads is TrustFacts:
        facts = view.facts.get(SignatureFacts)
        return isinstance(facts, SignatureFacts) and bool(facts.signatures) and reads not in view.facts
    return view.artifact.format in formats and reads not in view.facts


def _formats(reads: type) -> frozenset[str]:
    """Return the formats whose files have these facts; of facts that every format has, none is missed by name."""
    return frozenset(one for extractor in EXTRACTORS if extractor.fills is reads for one in extractor.formats)
