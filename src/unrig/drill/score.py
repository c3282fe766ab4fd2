"""Marking the exam: what the verbs answered against what the generator knew, question by question.

Every question counts what it could have found; one that counts nothing over all drills marked is an error, since
silence would pass it. A false alarm counts as much as a miss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from unrig.drill.build.truth import StageTruth, Truth
from unrig.drill.examine import ALONE, Answers
from unrig.model.errors import UsageError
from unrig.model.exposure import Affected, Exposure, Fixed, NotAffected, UnderInvestigation
from unrig.model.levels import Severity, severity_rank
from unrig.model.results import HuntResult
from unrig.model.telemetry import Seen, Sighting

ALARM = Severity.MEDIUM
"""From here on a sighting takes somebody's time."""


class Mark(Struct, frozen=True, kw_only=True):
    """One question: how much was found, of how much there was, and how much was said that is not so."""

    question: str
    found: int
    of: int
    false: int = 0
    notes: tuple[str, ...] = ()
    """What was missed or wrong, one sentence each."""

    def passed(self) -> bool:
        """Return whether everything was found and nothing was made up."""
        return self.found == self.of and not self.false


def marks(truth: Truth, answers: Answers) -> tuple[Mark, ...]:
    """Return one mark for each question, always the same questions in the same order."""
    return (
        _rigged_releases(truth, answers),
        _benign_releases(truth, answers),
        _rigged_files(truth, answers),
        *_stages(truth, answers.hunt),
        _blind(truth, answers.hunt),
        _alarms("no alarm but for the incident", truth.hunt.stages, answers.hunt, of=len(truth.hunt.devices)),
        _alarms("no alarm on the twin fleet", (), answers.twin, of=len(truth.hunt.devices)),
        _affected(truth, answers),
        _customers(truth, answers),
        _denominators(truth, answers),
        _not_cleared(truth, answers),
        _fixed(truth, answers),
        _embedded(truth, answers),
        _roots(truth, answers),
        _never_block(truth, answers),
        _replaced(truth, answers),
        _documents(answers),
    )


def total(per_drill: Iterable[Sequence[Mark]]) -> tuple[Mark, ...]:
    """Return the sums over drills. Raises UsageError where nothing was marked, or a question had nothing to find."""
    sums: dict[str, Mark] = {}
    for drill in per_drill:
        for mark in drill:
            before = sums.get(mark.question, Mark(question=mark.question, found=0, of=0))
            sums[mark.question] = Mark(
                question=mark.question,
                found=before.found + mark.found,
                of=before.of + mark.of,
                false=before.false + mark.false,
                notes=(*before.notes, *mark.notes),
            )
    empty = [mark.question for mark in sums.values() if not mark.of]
    if not sums or empty:
        raise UsageError(
            f"expected something to find in every question, found nothing in: {', '.join(empty) or 'all'}."
        )
    return tuple(sums.values())


# Releases


def _rigged_releases(truth: Truth, answers: Answers) -> Mark:
    said = [(each.role, each.verdicts) for each in truth.releases if "rigged" in each.verdicts]
    said.append((ALONE, ("rigged",)))
    wrong = _wrong(said, answers)
    return Mark(question="rigged releases called rigged", found=len(said) - len(wrong), of=len(said), notes=wrong)


def _benign_releases(truth: Truth, answers: Answers) -> Mark:
    said = [(each.role, each.verdicts) for each in truth.releases if "rigged" not in each.verdicts]
    wrong = _wrong(said, answers)
    return Mark(question="benign releases left alone", found=len(said) - len(wrong), of=len(said), notes=wrong)


def _wrong(expected: Sequence[tuple[str, tuple[str, ...]]], answers: Answers) -> tuple[str, ...]:
    return tuple(
        f"{role} is {answers.vets[role].verdict}, not {' or '.join(verdicts)}"
        for role, verdicts in expected
        if answers.vets[role].verdict not in verdicts
    )


def _rigged_files(truth: Truth, answers: Answers) -> Mark:
    hidden = {each.sha256: each for release in truth.releases if release.role == "rigged" for each in release.hidden}
    result = answers.vets["rigged"]
    named = {
        ref.sha256
        for finding in result.findings
        if severity_rank(finding.severity) >= severity_rank(Severity.HIGH)
        for ref in finding.artifacts
        if ref.sha256 != result.release.sha256
    }
    missed = tuple(f"the {each.how} {each.path} is not named" for key, each in hidden.items() if key not in named)
    others = named - hidden.keys()
    return Mark(
        question="rigged files named",
        found=len(hidden) - len(missed),
        of=len(hidden),
        false=len(others),
        notes=(*missed, *(f"{each} is named, and is as it was made" for each in sorted(others))),
    )


# Telemetry


def _stages(truth: Truth, hunt: HuntResult) -> tuple[Mark, ...]:
    told = _refs(hunt)
    names = dict.fromkeys(stage.stage for stage in truth.hunt.stages)
    return tuple(
        _stage(name, [each for each in truth.hunt.stages if each.stage == name and each.lines], told) for name in names
    )


def _stage(name: str, observable: Sequence[StageTruth], told: dict[tuple[str, str, int], set[str]]) -> Mark:
    missed = [each for each in observable if not _seen_by(each, told)]
    return Mark(
        question=f"{name.replace('_', ' ')} seen",
        found=len(observable) - len(missed),
        of=len(observable),
        notes=tuple(f"{each.device}: {each.what} at {each.first:%F %R}" for each in missed),
    )


def _refs(hunt: HuntResult) -> dict[tuple[str, str, int], set[str]]:
    """Return by device, log and line which analytics and leads saw the event."""
    paths = {source.id: source.path.rsplit("/", 1)[-1] for source in hunt.sources}
    found: dict[tuple[str, str, int], set[str]] = {}
    for sighting in hunt.sightings:
        for row in sighting.rows:
            found.setdefault((sighting.device, paths.get(row.source, row.source), row.record), set()).add(sighting.of)
    return found


def _seen_by(stage: StageTruth, told: dict[tuple[str, str, int], set[str]]) -> set[str]:
    keys = ((stage.device, line.file.rsplit("/", 1)[-1], line.record) for line in stage.lines)
    return set().union(*(told.get(key, set()) for key in keys))


def _blind(truth: Truth, hunt: HuntResult) -> Mark:
    """Mark what no log can show: whoever sees that stage elsewhere must say that it could not be seen here."""
    told = _refs(hunt)
    unseen = [each for each in truth.hunt.stages if not each.lines]
    blind = {(each.of, each.device) for each in hunt.observability if each.state is Seen.NOT_OBSERVABLE}
    seers: dict[str, set[str]] = {}
    for stage in truth.hunt.stages:
        seers.setdefault(stage.stage, set()).update(_seen_by(stage, told))
    silent = [each for each in unseen if not any((of, each.device) in blind for of in seers[each.stage])]
    return Mark(
        question="blind spots told",
        found=len(unseen) - len(silent),
        of=len(unseen),
        notes=tuple(f"{each.device}: {each.stage} could not be seen ({each.why_not})" for each in silent),
    )


def _alarms(question: str, stages: Sequence[StageTruth], hunt: HuntResult, *, of: int) -> Mark:
    """Mark the devices on which nothing was said that did not happen."""
    paths = {source.id: source.path.rsplit("/", 1)[-1] for source in hunt.sources}
    lines = {(each.device, line.file.rsplit("/", 1)[-1], line.record) for each in stages for line in each.lines}
    false = [
        sighting
        for sighting in hunt.sightings
        if severity_rank(sighting.severity) >= severity_rank(ALARM)
        and not any((sighting.device, paths.get(row.source, ""), row.record) in lines for row in sighting.rows)
    ]
    calm = of - len({sighting.device for sighting in false})
    return Mark(question=question, found=calm, of=of, false=len(false), notes=tuple(map(_alarm, false)))


def _alarm(sighting: Sighting) -> str:
    return f"{sighting.device}: {sighting.severity} {sighting.of}: {sighting.detail} at {sighting.first:%F %R}"


# Inventories and bills


def _exposures(answers: Answers) -> tuple[Exposure, ...]:
    return answers.run.scope.exposures if answers.run.scope else ()


def _affected(truth: Truth, answers: Answers) -> Mark:
    said, of = _devices(answers, Affected), _all_affected(truth)
    false = max(0, said - of - truth.scope.telling)
    notes = () if said >= of and not false else (f"{said} affected devices, not {of}",)
    return Mark(question="affected devices counted", found=min(said, of), of=of, false=false, notes=notes)


def _customers(truth: Truth, answers: Answers) -> Mark:
    expected = {each.customer for each in truth.scope.affected}
    groups = (group for each in _exposures(answers) if isinstance(each, Affected) for group in each.groups)
    said = {group.customer for group in groups}
    missed, more = sorted(expected - said), sorted(said - expected)
    return Mark(
        question="affected customers named",
        found=len(expected) - len(missed),
        of=len(expected),
        false=len(more),
        notes=(*(f"{each} is not named" for each in missed), *(f"{each} is not affected" for each in more)),
    )


def _denominators(truth: Truth, answers: Answers) -> Mark:
    said = {each.denominator for each in _exposures(answers) if isinstance(each, Affected)}
    right = said == {truth.scope.devices}
    notes = () if right else (f"of {sorted(said)} devices, not of {truth.scope.devices}",)
    return Mark(question="denominator", found=int(right), of=1, notes=notes)


def _not_cleared(truth: Truth, answers: Answers) -> Mark:
    """Mark the devices that have it without proof: they are open questions, and more are cleared than may be if not."""
    cleared = _devices(answers, Fixed) + _devices(answers, NotAffected)
    wrongly = max(0, cleared - truth.scope.innocent)
    held = max(0, _devices(answers, Affected) + _devices(answers, UnderInvestigation) - _all_affected(truth))
    found = min(truth.scope.undecided, held)
    notes = (
        () if found == truth.scope.undecided else (f"{found} of {truth.scope.undecided} are kept as open questions",)
    )
    return Mark(question="undecided devices kept", found=found, of=truth.scope.undecided, false=wrongly, notes=notes)


def _fixed(truth: Truth, answers: Answers) -> Mark:
    said = _devices(answers, Fixed)
    of = truth.scope.fixed
    notes = () if said == of else (f"{said} fixed devices, not {of}",)
    return Mark(question="fixed devices counted", found=min(said, of), of=of, false=max(0, said - of), notes=notes)


def _devices(answers: Answers, kind: type[Exposure]) -> int:
    return sum(each.devices for each in _exposures(answers) if isinstance(each, kind))


def _all_affected(truth: Truth) -> int:
    return sum(each.devices for each in truth.scope.affected)


def _embedded(truth: Truth, answers: Answers) -> Mark:
    said = {each.product for each in (answers.run.scope.embedded if answers.run.scope else ())}
    expected = set(truth.scope.embedded)
    missed, more = sorted(expected - said), sorted(said - expected)
    return Mark(
        question="embedding products named",
        found=len(expected) - len(missed),
        of=len(expected),
        false=len(more),
        notes=(*(f"{each} embeds it" for each in missed), *(f"{each} does not embed it" for each in more)),
    )


# Case and answer


def _roots(truth: Truth, answers: Answers) -> Mark:
    said = answers.run.case.independence
    roots, of = len(said.roots), truth.claims.roots
    false = max(0, roots - of) + abs(said.reports - truth.claims.reports)
    notes = () if roots == of and not false else (f"{roots} sources behind {said.reports} reports, not {of}",)
    return Mark(question="independent sources counted", found=min(roots, of), of=of, false=false, notes=notes)


def _never_block(truth: Truth, answers: Answers) -> Mark:
    said = {each.value for each in answers.run.respond.never_block}
    missed = [each for each in truth.respond.never_block if each not in said]
    spared = [each for each in truth.respond.deny_sha256 if each in said]
    return Mark(
        question="genuine files spared",
        found=len(truth.respond.never_block) - len(missed),
        of=len(truth.respond.never_block),
        false=len(spared),
        notes=(
            *(f"{each} is shared with the genuine file" for each in missed),
            *(f"{each} is rigged" for each in spared),
        ),
    )


def _replaced(truth: Truth, answers: Answers) -> Mark:
    fix = answers.run.respond.fix
    right = fix is not None and fix.sha256 == answers.vets["fixed"].release.sha256
    notes = () if right else (f"{truth.respond.fix} is not named as the build to install",)
    return Mark(question="repaired build named", found=int(right), of=1, notes=notes)


def _documents(answers: Answers) -> Mark:
    documents = answers.run.respond.documents
    failed = [each for each in documents if any(check.result == "failed" for check in each.checks)]
    notes = tuple(f"{each.path} failed its checker" for each in failed)
    found = len(documents) - len(failed)
    return Mark(question="documents pass their checkers", found=found, of=max(1, len(documents)), notes=notes)
