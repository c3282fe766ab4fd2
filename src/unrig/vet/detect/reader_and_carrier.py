"""A module names, and can read, another file of the release in which data is hidden.

Sees:      a file with hidden data (in its signature table, in parts of its signature that nothing uses, in a library
           also behind its last section) whose name stands in another module of the same release that imports file
           reading.
Matters:   3CX's ffmpeg.dll read the payload out of d3dcompiler_47.dll; alone each file looks ordinary.
Blind to:  names built at run time or encrypted, readers that resolve their imports themselves; programs with data
           behind their sections (installers have it; of 2,674 real PEs no library); carriers that are no PE.
False positives:  a program that has always loaded the library by name: low where it is linked against it, or where a
           baseline has this very program, or one of its name that names the library too. The carrier's own finding
           says how bad that one is.
Measured:  49 judging release pairs, 605 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.place import Span
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts
from unrig.model.strings import FoundString, StringFacts
from unrig.vet.hidden import SMALLEST_PAYLOAD, carries, everywhere, weigh

READING = frozenset(
    {
        "createfilea",
        "createfilew",
        "createfile2",
        "ntcreatefile",
        "ntopenfile",
        "fopen",
        "_wfopen",
        "fopen_s",
        "_wfopen_s",
        "_open",
        "_wopen",
        "_sopen_s",
        "_wsopen_s",
        "createfilemappinga",
        "createfilemappingw",
        "mapviewoffile",
    }
)
"""Imports that open a file for reading or mapping (Win32, native API, C runtime)."""


class _Carrier(Struct, frozen=True, kw_only=True):
    """A file with hidden data and the largest stretch of it."""

    view: ArtifactView
    span: Span
    size: int


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each pair of a reader and a carrier; low where something innocent explains the name."""
    carriers = _carriers(release.artifacts)
    if not carriers:
        return
    known = {view.artifact.sha256 for view in release.known_good}
    always = _known_pairs(release.known_good, carriers)
    for view in release.artifacts:
        for found in _names(view) if _can_read(view) else ():
            name = found.text.lower()
            innocent = view.artifact.sha256 in known or (_name(view), name) in always or _links(view, name)
            for carrier in carriers.get(name, ()):
                if carrier.view.artifact.sha256 != view.artifact.sha256:
                    yield _hit(view, found, carrier, Severity.LOW if innocent else Severity.HIGH)


def _carriers(views: Sequence[ArtifactView]) -> dict[str, list[_Carrier]]:
    """Return the carriers by lower-case file name; several may bear one name in different folders."""
    found: dict[str, list[_Carrier]] = {}
    for view in views:
        carrier = _carrier(view)
        if carrier is not None:
            found.setdefault(_name(view), []).append(carrier)
    return found


def _carrier(view: ArtifactView) -> _Carrier | None:
    """Return what is hidden in a file, if all of it together is room for more than a tag."""
    facts = view.facts.get(SignatureFacts)
    hidden = everywhere(facts) if isinstance(facts, SignatureFacts) else ()
    spans = [part.span for part in hidden] if carries(weigh(hidden)) else []
    spans += _behind(view.facts.get(PeFacts))
    if not spans:
        return None
    largest = max(spans, key=lambda span: span.length)
    return _Carrier(view=view, span=largest, size=sum(span.length for span in spans))


def _behind(pe: PeFacts | None) -> list[Span]:
    """Return what stands behind the sections of a library, if it is long enough."""
    if pe is None or not pe.is_dll or pe.overlay is None:
        return []
    spans = [pe.overlay, *pe.other_overlays]
    return spans if sum(span.length for span in spans) >= SMALLEST_PAYLOAD else []


def _known_pairs(good: Sequence[ArtifactView], carriers: Mapping[str, object]) -> set[tuple[str, str]]:
    """Return reader and carrier, by name, where a good file of the reader's name names the carrier's too."""
    return {
        (_name(view), found.text.lower())
        for view in good
        if _can_read(view)
        for found in _names(view)
        if found.text.lower() in carriers
    }


def _hit(reader: ArtifactView, found: FoundString, carrier: _Carrier, severity: Severity) -> Hit:
    width = 2 if found.encoding == "utf-16" else 1
    window = found.text.encode("utf-16-le" if width == 2 else "latin-1", "replace").hex()
    name = file_name(carrier.view.artifact.path)
    return Hit(
        what=f"names {name}, in which {carrier.size:,} bytes are hidden, and can read files",
        spans=(Span(offset=found.offset, length=len(found.text) * width, window=window), carrier.span),
        artifacts=(reader.artifact.id, carrier.view.artifact.id),
        expected="no module that reads a file with hidden data",
        observed=f"the string {found.text!r} and an import that opens files",
        severity=severity,
    )


def _name(view: ArtifactView) -> str:
    return file_name(view.artifact.path).lower()


def _can_read(view: ArtifactView) -> bool:
    pe = view.facts.get(PeFacts)
    return isinstance(pe, PeFacts) and any(name.lower() in READING for entry in pe.imports for name in entry.functions)


def _links(view: ArtifactView, name: str) -> bool:
    """Tell whether the file is linked against a library of this name, which puts the name into it."""
    pe = view.facts.get(PeFacts)
    return isinstance(pe, PeFacts) and any(entry.library.lower() == name for entry in pe.imports)


def _names(view: ArtifactView) -> tuple[FoundString, ...]:
    strings = view.facts.get(StringFacts)
    return strings.file_names if isinstance(strings, StringFacts) else ()


RULE = Rule(
    id="reader-and-carrier",
    title="One file reads what is hidden in another",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1027.009", "T1574.001"),
    over="release",
    reads=(PeFacts, SignatureFacts, StringFacts),
    check=check,
    benign="a program that loads a branded library by name",
)
