"""A module names, and can read, another file of the release in which data is hidden.

Sees:      a file with hidden data (in its signature table, in spare parts of its signature, or behind its last
           section) whose name stands in another module of the same release that imports file reading.
Matters:   3CX's ffmpeg.dll read the payload out of d3dcompiler_47.dll; alone each file looks ordinary.
Blind to:  names built at run time or encrypted, readers that resolve their imports themselves.
False positives:  a program that has always loaded the library by name: a baseline that has this very program
           makes it low; the carrier's own finding says how bad that one is.
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.pe import PeFacts
from unrig.model.place import Span
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import Bytes, Nature, SignatureFacts
from unrig.model.strings import FoundString, StringFacts

READING = frozenset(
    {
        "createfilea",
        "createfilew",
        "createfile2",
        "ntcreatefile",
        "ntopenfile",
        "fopen",
        "_wfopen",
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
SMALLEST = 512
"""Bytes hidden in one file before it counts as a carrier: below it there is room for a tag, not for code."""


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each pair of a reader and a carrier; low where the reader itself is a known good file."""
    carriers = {
        file_name(v.artifact.path).lower(): (v, span) for v in release.artifacts if (span := _hidden(v)) is not None
    }
    if not carriers:
        return
    known = {view.artifact.sha256 for view in release.known_good}
    for view in release.artifacts:
        if not _can_read(view):
            continue
        severity = Severity.LOW if view.artifact.sha256 in known else Severity.HIGH
        for found in _names(view):
            pair = carriers.get(found.text.lower())
            if pair is not None and pair[0].artifact.sha256 != view.artifact.sha256:
                yield _hit(view, found, pair[0], pair[1], severity)


def _hit(reader: ArtifactView, found: FoundString, carrier: ArtifactView, hidden: Span, severity: Severity) -> Hit:
    name = file_name(carrier.artifact.path)
    width = 2 if found.encoding == "utf-16" else 1
    return Hit(
        what=f"names {name}, in which {hidden.length:,} bytes are hidden, and can read files",
        spans=(Span(offset=found.offset, length=len(found.text) * width, window=_window(found, width)), hidden),
        artifacts=(reader.artifact.id, carrier.artifact.id),
        expected="no module that reads a file with hidden data",
        observed=f"the string {found.text!r} and an import that opens files",
        severity=severity,
    )


def _window(found: FoundString, width: int) -> str:
    return found.text.encode("utf-16-le" if width == 2 else "latin-1", "replace").hex()


def _hidden(view: ArtifactView) -> Span | None:
    """Return the largest hidden stretch of a file, if it is large enough to matter."""
    facts = view.facts.get(SignatureFacts)
    if not isinstance(facts, SignatureFacts):
        return None
    stretches: list[Bytes | None] = [*(entry.unexplained for entry in facts.entries), facts.between, facts.after]
    stretches += [certificate.odd_bytes for certificate in facts.certificates if not certificate.used]
    spans = [b.span for b in stretches if b is not None and b.nature not in (Nature.ASCII, Nature.ZEROS)]
    spans += [
        a.span
        for s in facts.signatures
        for a in s.attributes
        if not a.signed and not a.known and a.nature is not Nature.ASCII
    ]
    largest = max(spans, key=lambda span: span.length, default=None)
    return largest if largest is not None and largest.length >= SMALLEST else None


def _can_read(view: ArtifactView) -> bool:
    pe = view.facts.get(PeFacts)
    return isinstance(pe, PeFacts) and any(name.lower() in READING for entry in pe.imports for name in entry.functions)


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
