"""What the cache already knows about a file: its format, its facts and, for a container, its listing.

Whatever comes in, from the cache's file or from a worker, is decoded here once, into declared types: a cache that
was damaged costs a second reading, a worker that lies costs its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from unrig.model.archive import ListedMember
from unrig.model.fact import Fact, FactSet
from unrig.model.problem import Problem, ProblemKind
from unrig.model.yara import YaraFacts
from unrig.store.fact_cache import FactCache
from unrig.vet.facts import EXTRACTORS
from unrig.vet.obstacles import worker_lied
from unrig.vet.reading import ReadResult, extractors_for

FORMAT_READER = "format"
FORMAT_VERSION = 6
MEMBERS_READER = "members"
MEMBERS_VERSION = 6

_TYPES = {extractor.id: extractor.fills for extractor in EXTRACTORS}
_NOT_OF_THE_TYPE = (msgspec.MsgspecError, RecursionError, ValueError, OverflowError)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Known(Struct, frozen=True, kw_only=True):
    """The format and facts of one file, complete for the extractors of this unrig."""

    format: str
    facts: tuple[Fact, ...] = ()
    values: FactSet = {}
    """The facts that could be read, decoded, by their type."""


class Listing(Struct, frozen=True, kw_only=True):
    """The members of a container with the hashes of their content, and what could not be read."""

    members: tuple[ListedMember, ...] = ()
    problems: tuple[Problem, ...] = ()


def recall(cache: FactCache, sha256: str, rules: str = "") -> Known | None:
    """Return what is known of these bytes, or None where any extractor (in its version) has not seen them yet.

    `rules` is the reader of the YARA rules in force; empty where there are none.
    """
    facts = {(fact.reader, fact.reader_version): fact for fact in cache.facts(sha256)}
    told = facts.get((FORMAT_READER, FORMAT_VERSION))
    if told is None:
        return None
    try:
        file_format = msgspec.msgpack.decode(told.value, type=str)
        wanted = tuple(facts[reader] for reader in _readers(file_format, rules))
        return Known(format=file_format, facts=wanted, values=_decoded(wanted))
    except (KeyError, *_NOT_OF_THE_TYPE):
        return None


class Part(Struct, frozen=True, kw_only=True):
    """What is still known of one file, and the readers of which nothing is, or nothing in this unrig's version."""

    known: Known
    missing: tuple[str, ...]


def recall_part(cache: FactCache, sha256: str, file_format: str, rules: str = "") -> Part:
    """Return what is known of bytes that cannot be read now, fact by fact; `rules` is as in `recall`."""
    kept = {(fact.reader, fact.reader_version): fact for fact in cache.facts(sha256)}
    facts: list[Fact] = []
    values: dict[type[Any], Any] = {}
    missing: list[str] = []
    for reader in _readers(file_format, rules):
        try:
            values |= _decoded([kept[reader]])
            facts.append(kept[reader])
        except (KeyError, *_NOT_OF_THE_TYPE):
            missing.append(reader[0])
    return Part(known=Known(format=file_format, facts=tuple(facts), values=values), missing=tuple(missing))


def _readers(file_format: str, rules: str) -> list[tuple[str, int]]:
    """Return id and version of all that has something to say about a format."""
    asked = [(extractor.id, extractor.version) for extractor in extractors_for(file_format)]
    return [*asked, (rules, 1)] if rules else asked


def learn(cache: FactCache, where: str, result: ReadResult, sha256: str = "", rules: str = "") -> Known | Problem:
    """Keep what a worker read of one file and return it, decoded; a problem where it cannot be about that file.

    `sha256` is what the parent has hashed itself; of a member it has only the worker's word. `rules` is as in `recall`.
    """
    expected = [(result.sha256, reader, version) for reader, version in _readers(result.format, rules)]
    given = [(fact.sha256, fact.reader, fact.reader_version) for fact in result.facts]
    if given != expected or not _SHA256.fullmatch(result.sha256) or sha256 not in ("", result.sha256):
        return worker_lied(where, "facts of another file")
    try:
        known = Known(format=result.format, facts=result.facts, values=_decoded(result.facts))
    except _NOT_OF_THE_TYPE as error:
        return worker_lied(where, f"facts that cannot be decoded: {error}")
    told = Fact(
        sha256=result.sha256,
        reader=FORMAT_READER,
        reader_version=FORMAT_VERSION,
        value=msgspec.msgpack.encode(result.format),
    )
    cache.add((told, *result.facts))
    return known


def recall_deep(cache: FactCache, sha256: str, file_format: str) -> Known | None:
    """Return what is known of these bytes by the extractors for compared files, None where any has not seen them."""
    facts = {(fact.reader, fact.reader_version): fact for fact in cache.facts(sha256)}
    try:
        wanted = tuple(facts[e.id, e.version] for e in extractors_for(file_format, "deep"))
        return Known(format=file_format, facts=wanted, values=_decoded(wanted))
    except (KeyError, *_NOT_OF_THE_TYPE):
        return None


def learn_deep(cache: FactCache, where: str, sha256: str, result: ReadResult) -> Known | Problem:
    """Keep what a worker read of a file that is compared; a problem where it cannot be about that file."""
    expected = [(sha256, e.id, e.version) for e in extractors_for(result.format, "deep")]
    if [(fact.sha256, fact.reader, fact.reader_version) for fact in result.facts] != expected:
        return worker_lied(where, "facts of another file")
    try:
        known = Known(format=result.format, facts=result.facts, values=_decoded(result.facts))
    except _NOT_OF_THE_TYPE as error:
        return worker_lied(where, f"facts that cannot be decoded: {error}")
    cache.add(result.facts)
    return known


def _decoded(facts: Iterable[Fact]) -> FactSet:
    found: dict[type[Any], Any] = {}
    for fact in facts:
        if fact.problem is None:
            fills = _TYPES.get(fact.reader, YaraFacts)  # the only reader that is named at run time
            found[fills] = msgspec.msgpack.decode(fact.value, type=fills)
    return found


def recall_listing(cache: FactCache, sha256: str) -> Listing | None:
    """Return the listing of a container, if a run has read all of it."""
    for fact in cache.facts(sha256):
        if fact.reader == MEMBERS_READER and fact.reader_version == MEMBERS_VERSION:
            try:
                return msgspec.msgpack.decode(fact.value, type=Listing)
            except _NOT_OF_THE_TYPE:
                return None
    return None


def remember_listing(cache: FactCache, sha256: str, listing: Listing) -> None:
    """Keep a listing, unless it is short of something that another run might read."""
    passing = (ProblemKind.WORKER_DIED, ProblemKind.DEFECT, ProblemKind.ACCESS)
    if any(problem.kind in passing for problem in listing.problems):
        return
    value = msgspec.msgpack.encode(listing)
    cache.add((Fact(sha256=sha256, reader=MEMBERS_READER, reader_version=MEMBERS_VERSION, value=value),))
