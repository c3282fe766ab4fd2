"""What is wrong with what was read, once all of it is at hand: events that were collected twice, and times that cannot be."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import msgspec

from unrig.hunt.clocks import clock_problems, with_misdated
from unrig.hunt.ingest import Ingested
from unrig.hunt.sources import with_extent
from unrig.model.telemetry import Source
from unrig.store.event_tables import EventTables


def doubted(store: EventTables, read: Ingested, now: dt.datetime) -> Ingested:
    """Leave each event in the tables once; return what was read with its sources measured and what is wrong with them."""
    sources = with_extent(store, _without_repeats(store, read.sources))
    sources, odd = with_misdated(store, sources, now)
    problems = (*read.problems, *odd, *clock_problems(store))
    return msgspec.structs.replace(read, sources=sources, problems=problems)


def _without_repeats(store: EventTables, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Return the sources with the number of rows that exports, copies of logs and forwarders have brought once more."""
    counts: Counter[str] = Counter()
    for event_class, by_source in store.repeats().items():
        store.keep_once(event_class)
        counts.update(by_source)
    return tuple(msgspec.structs.replace(each, repeats=counts[each.id]) for each in sources)
