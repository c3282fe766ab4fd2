"""What an asar says of its files, and whether they are so; the program that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from unrig.formats.asar import AsarStructure, read
from unrig.formats.asar_directory import Node
from unrig.formats.asar_integrity import failures
from unrig.formats.entropy import measure
from unrig.model.asar import AsarFacts, EntryPoint, IntegrityFailure, UnpackedFile
from unrig.model.fact import Extractor

MAX_LISTED = 4096
LONGEST_PACKAGE = 1 << 20
"""Bytes of a package.json; that of a program has a few thousand."""
LONGEST_WORD = 1024


def extract(data: memoryview) -> AsarFacts:
    """Return the facts of an asar. Raises FormatError or LimitError where its directory cannot be read."""
    structure = read(data)
    packed = [entry.node for entry in structure.entries]
    failed = (
        IntegrityFailure(path=failure.path, expected=failure.expected, observed=failure.observed)
        for failure in failures(data, structure)
    )
    trailing = structure.layout.trailing
    return AsarFacts(
        files=len(packed),
        directory_sha256=structure.directory_sha256,
        without_integrity=sum(node.integrity is None for node in packed),
        integrity_failures=tuple(islice(failed, MAX_LISTED)),
        unpacked=tuple(islice(_unpacked(structure), MAX_LISTED)),
        executables=tuple(node.path for node in structure.nodes if node.executable)[:MAX_LISTED],
        entry_point=_entry_point(data, structure),
        gaps=tuple(measure(data, gap.offset, gap.length) for gap in structure.layout.gaps[:MAX_LISTED]),
        trailing=measure(data, trailing.offset, trailing.length) if trailing else None,
        notes=structure.notes,
    )


def _unpacked(structure: AsarStructure) -> Iterator[UnpackedFile]:
    for node in structure.nodes:
        if node.unpacked and node.kind == "file":
            yield UnpackedFile(path=node.path, size=node.size, sha256=_sha256(node))


def _sha256(node: Node) -> str:
    stated = node.integrity
    return stated.hash.lower() if stated and stated.algorithm == "SHA256" else ""


def _entry_point(data: memoryview, structure: AsarStructure) -> EntryPoint | None:
    """Return what the first package.json at the root says."""
    for entry in structure.entries:
        if entry.node.name == b"package.json" and entry.offset >= 0 and entry.node.size <= LONGEST_PACKAGE:
            return _package(bytes(data[entry.offset : entry.offset + entry.node.size]))
    return None


def _package(raw: bytes) -> EntryPoint | None:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    return EntryPoint(name=_word(said.get("name")), version=_word(said.get("version")), main=_word(said.get("main")))


def _word(value: object) -> str:
    """Return a text, cut; nothing for another value. Lone surrogates are escaped: no document could hold them."""
    return value[:LONGEST_WORD].encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else ""


EXTRACTOR = Extractor(id="asar", version=1, formats=("asar",), fills=AsarFacts, extract=extract)
