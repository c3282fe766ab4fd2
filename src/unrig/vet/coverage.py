"""How much of a release was looked at, counted."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from unrig.model.archive import ArchiveFacts
from unrig.model.blobs import BlobFacts
from unrig.model.coverage import Coverage
from unrig.model.elf import ElfFacts
from unrig.model.image import ImageFacts
from unrig.model.markers import MarkerFacts
from unrig.model.msi import MsiFacts
from unrig.model.package_signature import PackageSignatureFacts
from unrig.model.paths import inside
from unrig.model.pe import PeFacts
from unrig.model.problem import Problem
from unrig.model.rule import ArtifactView
from unrig.model.signature import SignatureFacts
from unrig.model.strings import StringFacts
from unrig.vet.facts import EXTRACTORS
from unrig.vet.hidden import ALIGNMENT, in_table
from unrig.vet.obstacles import damaged

AS_BYTES = frozenset({BlobFacts, ElfFacts, MarkerFacts, StringFacts})
"""Facts of readers that search bytes without knowing what they are part of, or know no more than where it ends."""
TABLES = re.compile(r"table |_StringPool: expected at |_StringData: expected a string|notes: ")
"""Damage for which rows of an installer were not read, or not as the installer reads them."""
READ_ROLES = frozenset({"table", "summary", "signature"})
"""Of an installer's streams."""


def coverage_of(views: Sequence[ArtifactView], unopened: Iterable[str]) -> Coverage:
    """Return the bytes of all artifacts, those of recognised ones, and what no structure explains."""
    known = _understood()
    read = _installers_own(views)
    opaque = [v.artifact.path for v in views if v.artifact.format not in known and v.artifact.path not in read]
    return Coverage(
        bytes=sum(view.artifact.size for view in views),
        accounted=sum(v.artifact.size for v in views if v.artifact.format in known or v.artifact.path in read),
        opaque=tuple(opaque),
        gaps=tuple(gap for view in views for gap in _gaps(view)),
        unopened=tuple(unopened),
    )


def _installers_own(views: Sequence[ArtifactView]) -> frozenset[str]:
    """Return the paths of streams that the readers of installers read: tables, the summary, signatures."""
    named = {view.artifact.path: facts for view in views if isinstance(facts := view.facts.get(MsiFacts), MsiFacts)}
    return frozenset(
        inside(path, stream.path)
        for path, facts in named.items()
        for stream in facts.streams
        if stream.role in READ_ROLES
    )


@functools.cache
def _understood() -> frozenset[str]:
    """Return the formats of which some reader knows more than their bytes; a program of another system is bytes to it."""
    readers = (extractor for extractor in EXTRACTORS if extractor.fills not in AS_BYTES)
    return frozenset({"text", "empty", *(name for extractor in readers for name in extractor.formats)})


def damages(views: Iterable[ArtifactView]) -> tuple[Problem, ...]:
    """Return a problem for each structure that a reader could only read in part."""
    return tuple(
        damaged(view.artifact.path, damage)
        for view in views
        for facts in view.facts.values()
        for damage in _damaged(facts)
    )


def _damaged(facts: object) -> tuple[str, ...]:
    """Return what a reader could not read, as it says it; of an installer only what its tables lose by it.

    (Streams that lie are problems of the container, and what stands outside of all streams is a finding.)
    """
    match facts:
        case PeFacts() | SignatureFacts() | ImageFacts() | ElfFacts() | PackageSignatureFacts():
            return facts.damaged
        case MsiFacts() if facts.kind != "mst":  # a transform has the rows and strings of another database
            return tuple(map(_plainly, filter(TABLES.match, facts.damaged)))
        case _:
            return ()


def _plainly(line: str) -> str:
    """Return a line of an installer's reader in the form of all others: `place: expected, found`."""
    return line.replace(": expected ", ": ", 1).replace(", found ", ", ", 1)


def _gaps(view: ArtifactView) -> Iterator[str]:
    facts = view.facts.get(ArchiveFacts)
    if isinstance(facts, ArchiveFacts):
        for extra in (facts.prefix, *facts.gaps, facts.trailing):
            if extra is not None:
                yield f"{view.artifact.path}: {extra.span.offset}+{extra.span.length}"
    pe = view.facts.get(PeFacts)
    if isinstance(pe, PeFacts) and pe.overlay is not None:
        for span in (pe.overlay, *pe.other_overlays):
            yield f"{view.artifact.path}: {span.offset}+{span.length}"
    program = view.facts.get(ElfFacts)
    if isinstance(program, ElfFacts) and program.overlay is not None and program.overlay.span.length >= ALIGNMENT:
        yield f"{view.artifact.path}: {program.overlay.span.offset}+{program.overlay.span.length}"
    signature = view.facts.get(SignatureFacts)
    if isinstance(signature, SignatureFacts):
        for part in in_table(signature):
            if part.bytes.nonzero or part.span.length >= ALIGNMENT:
                yield f"{view.artifact.path}: {part.span.offset}+{part.span.length}"
