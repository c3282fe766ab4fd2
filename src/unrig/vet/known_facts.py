"""What the cache already knows about a file: its format, its facts and, for a container, its listing."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from unrig.model.archive import ListedMember
from unrig.model.fact import Fact
from unrig.model.problem import Problem, ProblemKind
from unrig.store.fact_cache import FactCache
from unrig.vet.reading import extractors_for

FORMAT_READER = "format"
FORMAT_VERSION = 1
MEMBERS_READER = "members"
MEMBERS_VERSION = 1


class Known(Struct, frozen=True, kw_only=True):
    """The format and facts of one file, complete for the extractors of this unrig."""

    format: str
    facts: tuple[Fact, ...]


class Listing(Struct, frozen=True, kw_only=True):
    """The members of a container with the hashes of their content, and what could not be read."""

    members: tuple[ListedMember, ...]
    problems: tuple[Problem, ...] = ()


def recall(cache: FactCache, sha256: str) -> Known | None:
    """Return what is known of these bytes, or None where any extractor (in its version) has not seen them yet."""
    facts = {(fact.reader, fact.reader_version): fact for fact in cache.facts(sha256)}
    told = facts.get((FORMAT_READER, FORMAT_VERSION))
    if told is None:
        return None
    file_format = msgspec.msgpack.decode(told.value, type=str)
    wanted = [facts.get((e.id, e.version)) for e in extractors_for(file_format)]
    if any(fact is None for fact in wanted):
        return None
    return Known(format=file_format, facts=tuple(fact for fact in wanted if fact is not None))


def remember(cache: FactCache, sha256: str, known: Known) -> None:
    """Keep the format and facts of one file."""
    told = Fact(
        sha256=sha256,
        reader=FORMAT_READER,
        reader_version=FORMAT_VERSION,
        value=msgspec.msgpack.encode(known.format),
    )
    cache.add((told, *known.facts))


def recall_listing(cache: FactCache, sha256: str) -> Listing | None:
    """Return the listing of a container, if a run has read all of it."""
    for fact in cache.facts(sha256):
        if fact.reader == MEMBERS_READER and fact.reader_version == MEMBERS_VERSION:
            return msgspec.msgpack.decode(fact.value, type=Listing)
    return None


def remember_listing(cache: FactCache, sha256: str, listing: Listing) -> None:
    """Keep a listing, unless it is short of something that another run might read."""
    passing = (ProblemKind.WORKER_DIED, ProblemKind.DEFECT, ProblemKind.ACCESS)
    if any(problem.kind in passing for problem in listing.problems):
        return
    value = msgspec.msgpack.encode(listing)
    cache.add((Fact(sha256=sha256, reader=MEMBERS_READER, reader_version=MEMBERS_VERSION, value=value),))
