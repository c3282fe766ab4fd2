"""A program was built elsewhere, or with other tools, than the programs it stands beside.

Sees:      in a folder of five programs or more that do not say they are by different companies, one whose linker
           version, compiler build (Rich header) or root of the debug file's path is not the one that most share.
Matters:   a library that was rebuilt or replaced by whoever broke in comes from another machine than its siblings; its
           signature says nothing of that.
Blind to:  changes made on the publisher's own build machine (3CX, SolarWinds: the same tools); programs without Rich
           header and debug path; a folder of programs that all come from different builds.
False positives:  prebuilt libraries of others without version information: low. Medium only where a program says it
           is of the company and the product that the others are of, stands alone, and differs in two of the three.
Measured:  49 judging release pairs, 605 files of its kind in 44 of them: 0 at medium or above,
           3 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.vet.siblings import Folder, build, company, folders, kin, majority, odd_builds, product

ENOUGH = 2
"""Of the three properties: a compiler update alone changes one or two, but then of more than one program."""
WORDS = {"linker": "linker version", "toolset": "compiler build", "root": "folder of the debug file"}


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each program that was built unlike the others."""
    for folder in folders(release.artifacts):
        odd = list(odd_builds(folder))
        for view, fields in odd:
            yield _hit(folder, view, fields, alone=len(odd) == 1)


def _hit(folder: Folder, view: ArtifactView, fields: tuple[str, ...], *, alone: bool) -> Hit:
    one = build(view)
    told = ", ".join(f"{WORDS[name]} {getattr(one, name) or 'missing'}" for name in fields)
    serious = alone and len(fields) >= ENOUGH and bool(company(view)) and _same_product(folder, view)
    milder = Severity.LOW if alone else Severity.INFO
    return Hit(
        what=f"was built unlike most of the {len(kin(folder))} programs beside it: {told}",
        keys=tuple(f"build/{name}" for name in fields),
        artifacts=(view.artifact.id,) * len(fields),
        expected="the build environment of its siblings",
        observed=told,
        severity=Severity.MEDIUM if serious else milder,
    )


def _same_product(folder: Folder, view: ArtifactView) -> bool:
    """Tell whether a program says it is part of what the others are part of, or most say nothing of it.

    Large publishers put components of other teams beside their own (Microsoft's KernelTraceControl.dll in other tools).
    """
    common = majority([product(one) for one in kin(folder)])
    return product(view) == common


RULE = Rule(
    id="build-environment-unlike-siblings",
    title="Built with other tools than the programs beside it",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002",),
    over="release",
    reads=(PeFacts,),
    check=check,
    benign="a prebuilt library that a publisher ships under its own name",
)
