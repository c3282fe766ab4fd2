"""Which results rest on which known-good release: kept in the cache, so that a revocation can name them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.fact import Fact
from unrig.model.levels import VerdictWord
from unrig.store.fact_cache import FactCache

VERSION = 1
_READER = "compared/"


class Comparison(Struct, frozen=True, kw_only=True):
    """A release that was vetted against a known-good one, and what vet said of it."""

    release: Release
    verdict: VerdictWord
    location: str = ""
    """Where the release was; empty where it cannot be found again by a path."""
    beside: tuple[str, ...] = ()
    """Where its baselines were."""


def remember(cache: FactCache, comparison: Comparison, known_good: Iterable[Release]) -> None:
    """Note that a result rests on these releases."""
    value = msgspec.msgpack.encode(comparison)
    reader = f"{_READER}{comparison.release.sha256}"
    cache.add(Fact(sha256=good.sha256, reader=reader, reader_version=VERSION, value=value) for good in known_good)


def recall(cache: FactCache, sha256: str) -> tuple[Comparison, ...]:
    """Return the last result of each release that rests on the known-good one with this hash, by name."""
    found: list[Comparison] = []
    for fact in cache.facts(sha256):
        if fact.reader.startswith(_READER) and fact.reader_version == VERSION:
            try:
                found.append(msgspec.msgpack.decode(fact.value, type=Comparison))
            except msgspec.DecodeError:
                continue
    return tuple(sorted(found, key=lambda one: (one.release.path, one.release.sha256)))
