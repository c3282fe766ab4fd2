"""Marks of releases: what each was called, by itself and beside another, and whether the finger points at what was rigged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unrig.drill.build.truth import HiddenTruth, PlaceTruth, Truth, VetTruth
from unrig.drill.mark import Mark
from unrig.model.finding import Finding
from unrig.model.levels import Severity, severity_rank
from unrig.model.place import Range
from unrig.model.results import VetResult

ALONE = "{} alone"
"""Under this name stands what was said of a release by itself."""


def vet_marks(truth: Truth, vets: Mapping[str, VetResult]) -> tuple[Mark, ...]:
    """Return the marks of what every release was called, and of what was pointed at."""
    said = list(_expected(truth))
    rigged = [each for each in said if each[2].rigged and "clean" not in each[1]]
    unproven = [each for each in said if each[2].rigged and "clean" in each[1]]
    benign = [each for each in said if not each[2].rigged]
    marks = [
        _called("rigged releases called rigged", rigged, vets),
        _called("benign releases left alone", benign, vets),
        _files(truth, vets),
    ]
    if unproven:
        marks.append(_called("nothing said beyond the evidence", unproven, vets))
    if any(hidden.places for release in truth.releases for hidden in release.hidden):
        marks.append(_places(truth, vets))
    return tuple(marks)


def _expected(truth: Truth) -> Iterator[tuple[str, tuple[str, ...], VetTruth]]:
    """Yield each run's name, the verdicts that are right of it, and its release."""
    for each in truth.releases:
        yield each.role, each.verdicts, each
        if each.alone:
            yield ALONE.format(each.role), each.alone, each


def _called(question: str, said: list[tuple[str, tuple[str, ...], VetTruth]], vets: Mapping[str, VetResult]) -> Mark:
    wrong = tuple(
        f"{run} is {vets[run].verdict}, not {' or '.join(verdicts)}"
        for run, verdicts, _ in said
        if vets[run].verdict not in verdicts
    )
    return Mark(question=question, found=len(said) - len(wrong), of=len(said), notes=wrong)


def _files(truth: Truth, vets: Mapping[str, VetResult]) -> Mark:
    """Mark the rigged files that are named gravely enough, and those named that are as they were made."""
    found, notes, false = 0, [], []
    hidden = [(release, each) for release in truth.releases for each in release.hidden if each.told]
    for release, each in hidden:
        if each.sha256 in _named(vets[release.role], Severity(each.told)):
            found += 1
        else:
            notes.append(f"the {each.how} {each.path} of {release.role} is not named at {each.told} or above")
    for release in truth.releases:
        known = {each.sha256 for each in release.hidden} | {vets[release.role].release.sha256}
        if release.rigged:
            false += sorted(_named(vets[release.role], Severity.HIGH) - known)
    notes += [f"{each} is named, and is as it was made" for each in false]
    question = "rigged files named"
    return Mark(question=question, found=found, of=len(hidden), false=len(false), notes=tuple(notes))


def _named(result: VetResult, least: Severity) -> set[str]:
    """Return the SHA-256 of every file that a finding of that severity is about."""
    graves = (each for each in result.findings if severity_rank(each.severity) >= severity_rank(least))
    return {ref.sha256 for finding in graves for ref in finding.artifacts}


def _places(truth: Truth, vets: Mapping[str, VetResult]) -> Mark:
    """Mark the hidden bytes that some finding points at, without another release to compare with where that is asked."""
    wanted = [
        (ALONE.format(release.role) if release.alone else release.role, hidden, place)
        for release in truth.releases
        for hidden in release.hidden
        for place in hidden.places
    ]
    missed = tuple(
        f"{run}: nothing points at {place.size} bytes at {place.offset:#x} in {hidden.path}: {place.what}"
        for run, hidden, place in wanted
        if not any(_points_at(finding, hidden, place) for finding in vets[run].findings)
    )
    return Mark(question="hidden bytes pointed at", found=len(wanted) - len(missed), of=len(wanted), notes=missed)


def _points_at(finding: Finding, hidden: HiddenTruth, place: PlaceTruth) -> bool:
    """Return whether a finding's evidence overlaps the place."""
    own = {ref.id for ref in finding.artifacts if ref.sha256 == hidden.sha256}
    ranges = (each.place for each in finding.evidence if isinstance(each.place, Range) and each.place.artifact in own)
    return any(one.offset < place.offset + place.size and place.offset < one.offset + one.length for one in ranges)
