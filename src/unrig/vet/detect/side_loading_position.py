"""A library bears the name of one of Windows, beside a program that loads it from there first.

Sees:      a library named like one of Windows' that is no KnownDLL (or that a HijackLibs pack names), in the folder of a
           program of the release that is linked against that name; whether it hands its exports on to another library.
Matters:   the program runs it with its own name and signature (ATT&CK T1574.001); handing the exports on keeps the
           program working.
Blind to:  names that are no system library's; programs that load by a name built at run time; programs of Windows that
           the release would copy beside it.
False positives:  graphics wrappers and compatibility libraries that take a system library's place on purpose; libraries
           that Microsoft lets others ship are signed by Microsoft, which is silent. Medium where it is signed by nobody or
           claims to be Microsoft's; high only where most exports go on to another library. Low in a folder that
           replaces Windows as a whole.
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
MOST = 8
"""Programs beside one library that become leads; the others are counted."""
WHOLE = 16
"""Names of Windows' libraries in one folder from which it stands for Windows itself, as Wine's does (Debian's libwine
has hundreds). Graphics wrappers take two or three places (d3d9, dxgi, opengl32)."""
FEWEST_FORWARDS = 3
SHARE = 0.5
"""Of the exports that go on to one other library: a proxy hands on all or nearly all, Windows' own sets of APIs are
signed by Microsoft."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each library in such a position, whatever the number of programs that load it."""
    known = system_libraries() | release.hijackable.keys()
    for folder in _by_folder(release.artifacts).values():
        named = [(view, _name(view)) for view in folder if _name(view) in known and not _is_microsoft_s(view)]
        whole = len({name for _, name in named if name in system_libraries()}) >= WHOLE
        for view, name in named:
            loading = tuple(_loading(view, name, folder))
            if loading:
                yield _hit(view, loading, release, whole=whole)


def _by_folder(views: Sequence[ArtifactView]) -> dict[str, list[ArtifactView]]:
    found: dict[str, list[ArtifactView]] = {}
    for view in views:
        if isinstance(view.facts.get(PeFacts), PeFacts):
            found.setdefault(view.artifact.path.rpartition("/")[0], []).append(view)
    return found


def _name(view: ArtifactView) -> str:
    return file_name(view.artifact.path).lower()


def _is_microsoft_s(view: ArtifactView) -> bool:
    return organisation(view).lower().startswith(MICROSOFT)


def _loading(library: ArtifactView, name: str, folder: Sequence[ArtifactView]) -> Iterator[ArtifactView]:
    """Yield the programs of the library's folder that are linked against its name and signed by somebody else."""
    for view in folder:
        pe: PeFacts = view.facts[PeFacts]
        linked = any(entry.library.lower() == name for entry in pe.imports)
        if linked and (not organisation(view) or organisation(view) != organisation(library)):
            yield view


def _hit(library: ArtifactView, loading: Sequence[ArtifactView], release: ReleaseView, *, whole: bool) -> Hit:
    name, onward = _name(library), _onward(library.facts[PeFacts])
    listed = release.hijackable.get(name)
    more = f" and {len(loading) - 1} more" if len(loading) > 1 else ""
    are = "are" if more else "is"
    told = f", and hands its exports on to {onward}" if onward else ""
    source = f"; {listed.pack} lists it" if listed else ""
    stands = "bears the name of a library of Windows" if name in system_libraries() else "stands"
    return Hit(
        what=f"{stands} beside {_name(loading[0])}{more}, which {are} linked against it{told}{source}",
        keys=("name", f"import/{name}"),
        artifacts=(library.artifact.id, *(view.artifact.id for view in loading[:MOST])),
        expected="the library of Windows",
        observed=organisation(library) or "no signature",
        severity=_severity(library, onward, system=name in system_libraries(), whole=whole),
    )


def _severity(library: ArtifactView, onward: str, *, system: bool, whole: bool) -> Severity:
    if whole:
        return Severity.LOW
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
