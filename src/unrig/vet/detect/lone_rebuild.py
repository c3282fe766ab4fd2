"""One library is another build under the same version, while every library beside it is byte for byte the baseline's.

Sees:      the only program of its folder that differs from the baseline, beside at least three that do not, when its
           version information says that nothing changed (low where it states no version).
Matters:   releases are built as a whole; a single file that was built again without a new version is what a build
           that was tampered with leaves (3CX: one of the framework's libraries).
Blind to:  releases of which all files are rebuilt each time, as most are.
False positives:  a repair of one library by a publisher who counts versions of the whole alone.
Measured:  49 judging release pairs: 0 at medium or above, 2 below (`make base-rates`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unrig.model.change import ChangeKind
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView, ChangeView, Hit, ReleaseView, Rule

SIBLINGS = 3
"""Unchanged programs beside it: with fewer, `the only one that changed` says little."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each program that changed alone, with its version unchanged."""
    differing = {
        change.after.artifact.id: change
        for change in release.changes
        if change.change.family == "file" and change.change.kind is ChangeKind.CHANGED and change.after
    }
    known = {view.artifact.sha256 for view in release.known_good}
    for folder in _folders(release).values():
        other = [view for view in folder if view.artifact.sha256 not in known]
        if len(other) == 1 and len(folder) - 1 >= SIBLINGS and (change := differing.get(other[0].artifact.id)):
            yield from _judged(change, len(folder) - 1)


def _judged(change: ChangeView, siblings: int) -> Iterator[Hit]:
    before, after = change.before, change.after
    if before is None or after is None or _version(before) != _version(after):
        return
    labelled = "under the same version" if _version(after) else "and it states no version"
    yield Hit(
        what=f"the only one of {siblings + 1} programs in its folder that is another build, {labelled}",
        keys=("file",),
        artifacts=(after.artifact.id,),
        expected=f"SHA-256 {before.artifact.sha256}, or another version",
        observed=f"SHA-256 {after.artifact.sha256}, version {_version(after) or 'not stated'}",
        severity=Severity.MEDIUM if _version(after) else Severity.LOW,
    )


def _folders(release: ReleaseView) -> Mapping[str, Sequence[ArtifactView]]:
    """Return the programs by the folder they stand in."""
    found: dict[str, list[ArtifactView]] = {}
    for view in release.artifacts:
        if PeFacts in view.facts:
            found.setdefault(view.artifact.path.rpartition("/")[0], []).append(view)
    return found


def _version(view: ArtifactView) -> str:
    facts = view.facts.get(PeFacts)
    return facts.fixed_file_version if isinstance(facts, PeFacts) else ""


RULE = Rule(
    id="lone-rebuild",
    title="One library rebuilt while its siblings are untouched",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002",),
    over="release",
    measures="rule.lone-rebuild",
    reads=(PeFacts,),
    needs=("known_good",),
    check=check,
    benign="a repair of one library by a publisher who counts no versions",
)
