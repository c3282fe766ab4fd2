"""From findings to one word, by fixed rules that anybody can check (model.md, Verdict)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unrig.model.finding import Finding
from unrig.model.levels import Confidence, Maturity, Severity, VerdictWord, severity_rank
from unrig.model.place import Key, Range
from unrig.vet.weighing import together as drift_together


def verdict_of(findings: Iterable[Finding], *, complete: bool) -> VerdictWord:
    """Return the verdict over the findings given; the caller leaves out what a view leaves out (waived, hindsight)."""
    counted = list(findings)
    if any(_decides_alone(finding) for finding in counted):
        return VerdictWord.RIGGED
    highs = [finding for finding in counted if severity_rank(finding.severity) >= severity_rank(Severity.HIGH)]
    if two_independent([finding for finding in highs if finding.maturity is Maturity.STABLE]):
        return VerdictWord.RIGGED
    if highs:
        return VerdictWord.SUSPICIOUS
    if any(finding.severity is Severity.MEDIUM for finding in counted):
        return VerdictWord.REVIEW
    return VerdictWord.CLEAN if complete else VerdictWord.INCOMPLETE


def _decides_alone(finding: Finding) -> bool:
    critical = finding.severity is Severity.CRITICAL and finding.confidence is Confidence.HIGH
    return critical and finding.maturity is Maturity.STABLE and not finding.hindsight


def two_independent(findings: Sequence[Finding]) -> bool:
    """Return whether two findings of different rules rest on different evidence.

    Two rules that point at the same bytes are one observation said twice.
    """
    return any(
        first.rule != second.rule and not (_ground(first) & _ground(second))
        for number, first in enumerate(findings)
        for second in findings[number + 1 :]
    )


def _ground(finding: Finding) -> frozenset[str]:
    """Return what a finding stands on: the ranges and keys it names, each in a file told by its SHA-256."""
    sha256 = {ref.id: ref.sha256 for ref in finding.artifacts}
    places = [evidence.place for evidence in finding.evidence]
    ranges = {f"{sha256.get(p.artifact, '')}:{p.offset}" for p in places if isinstance(p, Range)}
    keys = {f"{sha256.get(p.artifact, '')}:{p.key}" for p in places if isinstance(p, Key)}
    return frozenset(ranges | keys)


def because(findings: Sequence[Finding], word: VerdictWord, unopened: Sequence[str]) -> tuple[str, ...]:
    """Return the reasons of a verdict, the weightiest first: each a sentence with the finding's id."""
    worst = max((severity_rank(finding.severity) for finding in findings), default=-1)
    least = min(worst, _HIGH) if word is VerdictWord.RIGGED and not any(map(_decides_alone, findings)) else worst
    reasons = [f"{f.summary} [{f.id}]" for f in findings if severity_rank(f.severity) >= least > _LOW]
    together = drift_together(findings)
    if together:
        reasons.append(together)
    if unopened:
        more = f" and {len(unopened) - 1} more" if len(unopened) > 1 else ""
        reasons.append(f"not everything could be looked at: {unopened[0]}{more}")
    if not reasons and word is VerdictWord.CLEAN:
        reasons.append("everything was looked at and nothing at medium or above was found")
    return tuple(reasons)


_LOW, _HIGH = severity_rank(Severity.LOW), severity_rank(Severity.HIGH)
