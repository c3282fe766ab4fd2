"""Marks of inventories, bills of materials, the case and the answer."""

from __future__ import annotations

from collections.abc import Mapping

from unrig.drill.build.truth import ClaimsTruth, RespondTruth, ScopeTruth
from unrig.drill.mark import Mark
from unrig.loop.investigate import Investigated
from unrig.model.exposure import Affected, Exposure, Fixed, NotAffected, UnderInvestigation
from unrig.model.results import VetResult


def scope_marks(truth: ScopeTruth, run: Investigated) -> tuple[Mark, ...]:
    """Return the marks of who has it."""
    return (
        _affected(truth, run),
        _customers(truth, run),
        _denominators(truth, run),
        _not_cleared(truth, run),
        _fixed(truth, run),
        _embedded(truth, run),
    )


def answer_marks(
    claims: ClaimsTruth, truth: RespondTruth, run: Investigated, vets: Mapping[str, VetResult]
) -> tuple[Mark, ...]:
    """Return the marks of what was said about it, and of what is sent, blocked and replaced."""
    return (_roots(claims, run), _never_block(truth, run), _replaced(truth, run, vets), _documents(run))


def _exposures(run: Investigated) -> tuple[Exposure, ...]:
    return run.scope.exposures if run.scope else ()


def _affected(truth: ScopeTruth, run: Investigated) -> Mark:
    said, of = _devices(run, Affected), _all_affected(truth)
    false = max(0, said - of - truth.telling)
    notes = () if said >= of and not false else (f"{said} affected devices, not {of}",)
    return Mark(question="affected devices counted", found=min(said, of), of=of, false=false, notes=notes)


def _customers(truth: ScopeTruth, run: Investigated) -> Mark:
    expected = {each.customer for each in truth.affected}
    groups = (group for each in _exposures(run) if isinstance(each, Affected) for group in each.groups)
    said = {group.customer for group in groups}
    missed, more = sorted(expected - said), sorted(said - expected)
    return Mark(
        question="affected customers named",
        found=len(expected) - len(missed),
        of=len(expected),
        false=len(more),
        notes=(*(f"{each} is not named" for each in missed), *(f"{each} is not affected" for each in more)),
    )


def _denominators(truth: ScopeTruth, run: Investigated) -> Mark:
    said = {each.denominator for each in _exposures(run) if isinstance(each, Affected)}
    right = said == {truth.devices}
    notes = () if right else (f"of {sorted(said)} devices, not of {truth.devices}",)
    return Mark(question="denominator", found=int(right), of=1, notes=notes)


def _not_cleared(truth: ScopeTruth, run: Investigated) -> Mark:
    """Mark the devices that have it without proof: they are open questions, and more are cleared than may be if not."""
    cleared = _devices(run, Fixed) + _devices(run, NotAffected)
    wrongly = max(0, cleared - truth.innocent)
    held = max(0, _devices(run, Affected) + _devices(run, UnderInvestigation) - _all_affected(truth))
    found = min(truth.undecided, held)
    notes = () if found == truth.undecided else (f"{found} of {truth.undecided} are kept as open questions",)
    return Mark(question="undecided devices kept", found=found, of=truth.undecided, false=wrongly, notes=notes)


def _fixed(truth: ScopeTruth, run: Investigated) -> Mark:
    said = _devices(run, Fixed)
    of = truth.fixed
    notes = () if said == of else (f"{said} fixed devices, not {of}",)
    return Mark(question="fixed devices counted", found=min(said, of), of=of, false=max(0, said - of), notes=notes)


def _devices(run: Investigated, kind: type[Exposure]) -> int:
    return sum(each.devices for each in _exposures(run) if isinstance(each, kind))


def _all_affected(truth: ScopeTruth) -> int:
    return sum(each.devices for each in truth.affected)


def _embedded(truth: ScopeTruth, run: Investigated) -> Mark:
    said = {each.product for each in (run.scope.embedded if run.scope else ())}
    expected = set(truth.embedded)
    missed, more = sorted(expected - said), sorted(said - expected)
    return Mark(
        question="embedding products named",
        found=len(expected) - len(missed),
        of=len(expected),
        false=len(more),
        notes=(*(f"{each} embeds it" for each in missed), *(f"{each} does not embed it" for each in more)),
    )


def _roots(truth: ClaimsTruth, run: Investigated) -> Mark:
    said = run.case.independence
    roots, of = len(said.roots), truth.roots
    false = max(0, roots - of) + abs(said.reports - truth.reports)
    notes = () if roots == of and not false else (f"{roots} sources behind {said.reports} reports, not {of}",)
    return Mark(question="independent sources counted", found=min(roots, of), of=of, false=false, notes=notes)


def _never_block(truth: RespondTruth, run: Investigated) -> Mark:
    said = {each.value for each in run.respond.never_block}
    missed = [each for each in truth.never_block if each not in said]
    spared = [each for each in truth.deny_sha256 if each in said]
    return Mark(
        question="genuine files spared",
        found=len(truth.never_block) - len(missed),
        of=len(truth.never_block),
        false=len(spared),
        notes=(
            *(f"{each} is shared with the genuine file" for each in missed),
            *(f"{each} is rigged" for each in spared),
        ),
    )


def _replaced(truth: RespondTruth, run: Investigated, vets: Mapping[str, VetResult]) -> Mark:
    fix = run.respond.fix
    right = fix is not None and fix.sha256 == vets["fixed"].release.sha256
    notes = () if right else (f"{truth.fix} is not named as the build to install",)
    return Mark(question="repaired build named", found=int(right), of=1, notes=notes)


def _documents(run: Investigated) -> Mark:
    documents = run.respond.documents
    failed = [each for each in documents if any(check.result == "failed" for check in each.checks)]
    notes = tuple(f"{each.path} failed its checker" for each in failed)
    found = len(documents) - len(failed)
    return Mark(question="documents pass their checkers", found=found, of=max(1, len(documents)), notes=notes)
