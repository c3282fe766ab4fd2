"""A library that stands out among its siblings opens files, makes memory executable and names another file shipped.

Sees:      a library that is unsigned among signed siblings, or was built unlike them, that imports both the opening of
           files and a change of memory protection, and that holds as text the name of another program of the release
           it is not linked against.
Matters:   that is what a loader of a hidden payload must have: a place in the product, a file to read, memory to run
           it from. In 3CX's release it was the codec library, and nothing else of the release had all of it.
Blind to:  names built at run time; imports resolved at run time; a library built and signed like its siblings.
False positives:  plug-in hosts and language runtimes that load their parts by name have the three abilities (17 of 659
           programs of 86 real releases), but stand among others that are built and signed as they are; a runtime of
           .NET 3.1 has eight that are unlike its managed libraries, which are no siblings of theirs.
Measured:  20 real release pairs, 571 files of its kind: 0 pairs at medium or above, 0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unrig.model.capability import Capability
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.place import Span
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts
from unrig.model.strings import FoundString, StringFacts
from unrig.vet.capabilities import capabilities
from unrig.vet.siblings import folders, odd_builds, odd_signature

MOST = 8
"""Files named by one library that become leads; the others are counted."""
NEEDED = frozenset({Capability.FILE_READ, Capability.EXECUTABLE_MEMORY})


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each library that stands out and has all three."""
    good = {view.artifact.sha256 for view in release.known_good}
    programs = [view for view in release.artifacts if isinstance(view.facts.get(PeFacts), PeFacts)]
    for view, why in _standing_out(programs).values():
        if not view.facts[PeFacts].is_dll or view.artifact.sha256 in good or not capabilities(view).keys() >= NEEDED:
            continue
        named = list(_named(view, programs))
        if named:
            yield _hit(view, why, named)


def _standing_out(programs: Sequence[ArtifactView]) -> dict[str, tuple[ArtifactView, str]]:
    """Return the programs that differ from their siblings, by id, with what they differ in.

    By its build one stands out alone: where several are unlike the others, the folder holds parts of several builds.
    """
    found: dict[str, tuple[ArtifactView, str]] = {}
    for folder in folders(programs):
        odd = [view for view, _fields in odd_builds(folder)]
        for view in odd if len(odd) == 1 else ():
            found[view.artifact.id] = (view, "was built unlike the programs beside it")
        signer, unsigned = odd_signature(folder)
        for view in unsigned:
            found[view.artifact.id] = (view, f"is not signed among programs of {signer}")
    return found


def _named(view: ArtifactView, programs: Sequence[ArtifactView]) -> Iterator[tuple[FoundString, ArtifactView]]:
    """Yield the programs that a file names without being linked against them, once each."""
    pe: PeFacts = view.facts[PeFacts]
    strings = view.facts.get(StringFacts)
    own = {pe.export_name.lower(), pe.version_info.get("OriginalFilename", "").lower(), _name(view)}
    linked = {entry.library.lower() for entry in pe.imports}
    others = {_name(other): other for other in programs if _name(other) not in own | linked}
    for found in strings.file_names if isinstance(strings, StringFacts) else ():
        other = others.pop(found.text.lower(), None)
        if other is not None:
            yield found, other


def _hit(view: ArtifactView, why: str, named: Sequence[tuple[FoundString, ArtifactView]]) -> Hit:
    """Return the hit of one library, whatever the number of those it names: a plug-in host names all its parts."""
    (first, other), *more = named
    rest = f" and {len(more)} more" if more else ""
    return Hit(
        what=f"{why}, opens files, makes memory executable and names {_name(other)}{rest}",
        spans=(_span(first),),
        artifacts=(view.artifact.id, *(one.artifact.id for _, one in named[:MOST])),
        expected="no library that differs from its siblings and has all of this",
        observed=f"the string {first.text!r}, imports that open files and change memory protection",
    )


def _span(found: FoundString) -> Span:
    width = 2 if found.encoding == "utf-16" else 1
    window = found.text.encode("utf-16-le" if width == 2 else "latin-1", "replace").hex()
    return Span(offset=found.offset, length=len(found.text) * width, window=window)


def _name(view: ArtifactView) -> str:
    return file_name(view.artifact.path).lower()


RULE = Rule(
    id="loader-among-siblings",
    title="A library that differs from its siblings could load code from another file",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1574.001", "T1620"),
    over="release",
    reads=(PeFacts, SignatureFacts, StringFacts),
    check=check,
    benign="a prebuilt plug-in host that loads its parts by name",
)
