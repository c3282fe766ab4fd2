"""A release has programs, and its predecessor had none.

Sees:      programs (PE, ELF, Mach-O) in a release whose baseline has no program at all.
Matters:   a package of text that ships machine code for the first time has found a new way to run on every computer
           that installs it; a reviewer of sources does not see it.
Blind to:  releases that had programs before, and programs inside formats that nothing opens.
False positives:  a package that begins to ship what it used to compile when it was installed: low where the baseline
           has sources of machine code.
Measured:  49 judging release pairs: 0 at medium or above, 1 below (`make base-rates`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule

PROGRAMS = frozenset({"pe", "elf", "macho"})
SOURCES = (".c", ".cc", ".cpp", ".cxx", ".m", ".mm", ".rs", ".go", ".pyx", ".gyp", "cmakelists.txt")
"""Ends of names of what is compiled."""
NAMED = 20
"""Programs that the finding lists: all are as new."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for a release with programs beside a baseline without any."""
    added = _programs(release.artifacts)
    if added and release.baseline and not _programs(release.baseline):
        yield Hit(
            what=f"{len(added)} program{'' if len(added) == 1 else 's'} in a release whose baseline has none",
            keys=("executable",),
            artifacts=tuple(view.artifact.id for view in added[:NAMED]),
            expected="no programs, as before",
            observed=f"{len(added)} programs",
            severity=Severity.LOW if _compiled(release.baseline) else Severity.MEDIUM,
        )


def _compiled(views: Sequence[ArtifactView]) -> bool:
    return any(view.artifact.path.lower().endswith(SOURCES) for view in views)


def _programs(views: Sequence[ArtifactView]) -> list[ArtifactView]:
    return [view for view in views if view.artifact.format in PROGRAMS]


RULE = Rule(
    id="new-executable-content",
    title="The first programs of a release that had none",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002",),
    over="release",
    measures="rule.new-executable-content",
    reads=(),
    needs=("baseline",),
    check=check,
    benign="a package that begins to ship what it used to compile",
)
