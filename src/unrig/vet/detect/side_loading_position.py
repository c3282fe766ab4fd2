"""A library bears the name of one of Windows, beside a program that loads it from there first.

Sees:      a library named like one of Windows' that is no KnownDLL (or that a HijackLibs pack names), in the folder of a
           program of the release that is linked against that name; whether it hands its exports on to another library.
Matters:   the program runs it with its own name and signature (ATT&CK T1574.001); handing the exports on keeps the
           program working.
Blind to:  names that are no system library's; programs that load by a name built at run time; programs of Windows that
           the release would copy beside it.
False positives:  graphics wrappers and compatibility libraries that take a system library's place on purpose; libraries
           that Microsoft lets others ship are signed by Microsoft, which is silent. Medium where it is signed by nobody or
           claims to be Microsoft's; high only where most exports go on to another library.
Measured:  20 real release pairs, 571 files of its kind: 0 pairs at medium or above, 0 below (`make measure`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from unrig.data.system_libraries import system_libraries
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts
from unrig.vet.siblings import company, organisation

MICROSOFT = "microsoft"
FEWEST_FORWARDS = 3
SHARE = 0.5
"""Of the exports that go on to one other library: a proxy hands on all or nearly all, Windows' own sets of APIs are
signed by Microsoft."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each program and library in such a position."""
    known = system_libraries() | release.hijackable.keys()
    programs = [view for view in release.artifacts if isinstance(view.facts.get(PeFacts), PeFacts)]
    for view in programs:
        name = file_name(view.artifact.path).lower()
        if name in known and not organisation(view).lower().startswith(MICROSOFT):
            for program in _linked(view, name, programs):
                if not organisation(program) or organisation(program) != organisation(view):
                    yield _hit(view, program, name, release)


def _linked(library: ArtifactView, name: str, programs: Sequence[ArtifactView]) -> Iterator[ArtifactView]:
    """Yield the programs of the library's folder that are linked against its name."""
    folder = library.artifact.path.rpartition("/")[0]
    for view in programs:
        pe: PeFacts = view.facts[PeFacts]
        if view.artifact.path.rpartition("/")[0] == folder and any(e.library.lower() == name for e in pe.imports):
            yield view


def _hit(library: ArtifactView, program: ArtifactView, name: str, release: ReleaseView) -> Hit:
    onward = _onward(library.facts[PeFacts])
    listed = release.hijackable.get(name)
    told = f", and hands its exports on to {onward}" if onward else ""
    source = f"; {listed.pack} lists it" if listed else ""
    return Hit(
        what=f"bears the name of a library of Windows beside {file_name(program.artifact.path)}, which is linked against it{told}{source}"
        if name in system_libraries()
        else f"stands beside {file_name(program.artifact.path)}, which is linked against it{told}{source}",
        keys=("name", f"import/{name}"),
        artifacts=(library.artifact.id, program.artifact.id),
        expected="the library of Windows",
        observed=organisation(library) or "no signature",
        severity=_severity(library, onward, system=name in system_libraries()),
    )


def _severity(library: ArtifactView, onward: str, *, system: bool) -> Severity:
    if onward:
        return Severity.HIGH
    if system and (not organisation(library) or MICROSOFT in company(library).lower()):
        return Severity.MEDIUM
    return Severity.LOW


def _onward(pe: PeFacts) -> str:
    """Return the library that most exports are forwarded to, empty where they are not."""
    targets = Counter(export.forwarder.rpartition(".")[0] for export in pe.exports if export.forwarder)
    if not targets:
        return ""
    target, times = min(targets.items(), key=lambda pair: (-pair[1], pair[0]))
    return target if times >= FEWEST_FORWARDS and times >= SHARE * len(pe.exports) else ""


RULE = Rule(
    id="side-loading-position",
    title="A library in the place of one of Windows",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1574.001",),
    over="release",
    reads=(PeFacts, SignatureFacts),
    check=check,
    benign="a graphics wrapper that takes a system library's place on purpose",
)
