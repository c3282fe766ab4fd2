"""Exit codes as the contract has them: findings win over incomplete."""

from __future__ import annotations

from unrig.model.exposure import Affected
from unrig.model.levels import Severity, VerdictWord, severity_rank
from unrig.model.results import HuntResult, RespondResult, ScopeResult, VetResult

OK = 0
FOUND = 1
USAGE = 2
INCOMPLETE = 3
DEFECT = 4


def of_vet(result: VetResult, fail_on: Severity) -> int:
    """Return 1 for a verdict of rigged or suspicious or a finding at `fail_on`, 3 for incomplete, else 0."""
    bar = severity_rank(fail_on)
    found = any(severity_rank(f.severity) >= bar and not f.waived for f in result.findings)
    alarming = result.verdict in (VerdictWord.RIGGED, VerdictWord.SUSPICIOUS)
    return _code(found=found or alarming, complete=result.complete)


def of_hunt(result: HuntResult, fail_on: Severity) -> int:
    """Return 1 for a sighting at `fail_on` that nobody has called benign."""
    bar = severity_rank(fail_on)
    found = any(severity_rank(s.severity) >= bar and s.triage.state != "benign" for s in result.sightings)
    return _code(found=found, complete=result.complete)


def of_scope(result: ScopeResult) -> int:
    """Return 1 where devices are affected."""
    found = any(isinstance(e, Affected) and e.devices for e in result.exposures)
    return _code(found=found, complete=result.complete)


def of_respond(result: RespondResult) -> int:
    """Return 1 where a document failed its checker."""
    failed = any(check.result == "failed" for document in result.documents for check in document.checks)
    return _code(found=failed, complete=not result.problems)


WORST_FIRST = (DEFECT, USAGE, FOUND, INCOMPLETE, OK)


def worst(codes: tuple[int, ...]) -> int:
    """Return the worst of the steps of `investigate`, in the contract's order 4, 2, 1, 3, 0."""
    return min(codes, key=WORST_FIRST.index, default=OK)


def _code(*, found: bool, complete: bool) -> int:
    if found:
        return FOUND
    return OK if complete else INCOMPLETE
