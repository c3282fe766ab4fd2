"""From findings to one word, by fixed rules that anybody can check (model.md, Verdict)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unrig.model.finding import Finding
from unrig.model.levels import Confidence, Maturity, Severity, VerdictWord, severity_rank
from unrig.model.place import Range


def verdict_of(findings: Iterable[Finding], *, complete: bool) -> VerdictWord:
    """Return the verdict over the findings given; the caller leaves out what a view leaves out (waived, hindsight)."""
    counted = list(findings)
    if any(_decides_alone(finding) for finding in counted):
        return VerdictWord.RIGGED
    highs = [finding for finding in counted if severity_rank(finding.severity) >= severity_rank(Severity.HIGH)]
    if two_independent([finding for finding in highs if _may_decide(finding)]):
        return VerdictWord.RIGGED
    if highs:
        return VerdictWord.SUSPICIOUS
    if any(finding.severity is Severity.MEDIUM for finding in counted):
        return VerdictWord.REVIEW
    return VerdictWord.CLEAN if complete else VerdictWord.INCOMPLETE


def _may_decide(finding: Finding) -> bool:
    return finding.maturity is Maturity.STABLE and not finding.hindsight and finding.confidence is not Confidence.LOW


def _decides_alone(finding: Finding) -> bool:
    critical = finding.severity is Severity.CRITICAL and finding.confidence is Confidence.HIGH
    return critical and _may_decide(finding)


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
    """Return what a finding stands on: files where it names ranges in them, else files and keys."""
    sha256 = {ref.id: ref.sha256 for ref in finding.artifacts}
    return frozenset(
        f"{sha256.get(e.place.artifact, '')}:{e.place.offset}" for e in finding.evidence if isinstance(e.place, Range)
    ) or frozenset(sha256.values())


def because(findings: Sequence[Finding], word: VerdictWord, unopened: Sequence[str]) -> tuple[str, ...]:
    """Return the reasons of a verdict, the weightiest first: each a sentence with the finding's id."""
    worst = max((severity_rank(finding.severity) for finding in findings), default=-1)
    reasons = [f"{f.summary} [{f.id}]" for f in findings if severity_rank(f.severity) == worst and worst > _LOW]
    if unopened:
        more = f" and {len(unopened) - 1} more" if len(unopened) > 1 else ""
        reasons.append(f"not everything could be looked at: {unopened[0]}{more}")
    if not reasons and word is VerdictWord.CLEAN:
        reasons.append("everything was looked at and nothing at medium or above was found")
    return tuple(reasons)


_LOW = severity_rank(Severity.LOW)
