"""Times that cannot be right, and clocks that disagree: counted and named; every row stays as it is.

A time is odd where no such telemetry existed yet, where it lies after the hunt itself, or far from all others of its
source. The clock of a device is off where a network sensor saw its connections at another time than the device itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from unrig.hunt.kinds import Tables
from unrig.model.moment import Window
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.telemetry import Source
from unrig.store.event_tables import EventTables

if TYPE_CHECKING:
    import ibis.expr.types as ir

EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""No log that a reader knows is older; clocks without a battery begin in 1601, 1970 or 1980."""
TOLERANCE = dt.timedelta(days=1)
"""Clocks may be a time zone ahead."""
LONG_DAYS = 400
"""Sources whose times span less are not asked for lone ones: a year's archive is nothing odd."""
LEAST_ROWS = 20
"""With fewer rows, 5 of 100 are none."""
EDGE = 0.05
TIMES_SPAN = 2.0
"""A row is far from the others where it is farther from the middle nine tenths than twice as long as these last, and
LONE_DAYS more."""
LONE_DAYS = 180
LEAST_SECONDS, MOST_SECONDS = 60.0, 43_200.0
"""Between one minute, below which order in a timeline still means something, and half a day, beyond which two
connections with the same ports are two."""
LEAST_PAIRS = 10
AGREEING = 0.5
WITHIN_SECONDS = 10.0
"""Half of a device's connections must be off by the same time, to ten seconds, so that chance does not say it."""


def plausible(window: Window, now: dt.datetime) -> Window:
    """Return the part of a window in which times can be right."""
    since = max(window.since, EARLIEST) if window.since else EARLIEST
    until = min(window.until, now + TOLERANCE) if window.until else now + TOLERANCE
    return Window(since=since, until=until)


def with_misdated(
    store: EventTables, sources: Sequence[Source], now: dt.datetime
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Return the sources with the number of rows whose times are odd, and a problem for each that has any."""
    odd = [each for each in sources if each.first and each.last and _suspect(each, now)]
    if not odd:
        return tuple(sources), ()
    found = {row["source"]: row for row in store.answer(_misdated(store.tables, odd, now)).to_pylist()}
    counted = [
        msgspec.structs.replace(each, misdated=found[each.id]["rows"]) if each.id in found else each for each in sources
    ]
    return tuple(counted), tuple(_odd_times(each, found[each.id]) for each in counted if each.id in found)


def clock_problems(store: EventTables) -> Iterator[Problem]:
    """Yield a problem for each device whose clock is off against that of the network sensors."""
    for row in store.ask("clocks", lambda: _clocks(store.tables["network"])).to_pylist():
        yield new_problem(
            kind=ProblemKind.FORMAT,
            where=f"device {row['device']}",
            expected=f"connections at the times at which network sensors saw them, within {LEAST_SECONDS:.0f} s",
            observed=f"times {abs(row['offset']):.0f} s {'ahead' if row['offset'] > 0 else 'behind'}, "
            f"by the middle one of {row['pairs']} connections",
            effect="its events stand at wrong places of a timeline, and a lead's window may miss some",
            action="set its clock, and keep this difference in mind",
        )


def _suspect(source: Source, now: dt.datetime) -> bool:
    if source.first is None or source.last is None:
        return False
    span = source.last - source.first
    return source.first < EARLIEST or source.last > now + TOLERANCE or (
        span.days > LONG_DAYS and source.rows >= LEAST_ROWS
    )  # fmt: skip


def _misdated(tables: Tables, sources: Sequence[Source], now: dt.datetime) -> ir.Table:
    """Return of each source that has odd times how many, the first record with one, and that time."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    names = [each.id for each in sources]
    every = ibis.union(*(events.select("source", "record", "time") for events in tables.values()))
    every = every.filter(every.source.isin(names))
    earliest, latest = (each.replace(tzinfo=None) for each in (EARLIEST, (now + TOLERANCE).astimezone(dt.UTC)))
    possible = (every.time >= earliest) & (every.time <= latest)
    seconds = every.time.epoch_seconds().cast("float64")
    middle = (
        every.mutate(seconds=seconds)
        .filter(possible)
        .group_by("source")
        .agg(low=ibis._.seconds.quantile(EDGE), high=ibis._.seconds.quantile(1 - EDGE), rows=ibis._.count())
    )
    joined = every.mutate(seconds=seconds, possible=possible).left_join(middle, "source")
    far = TIMES_SPAN * (joined.high - joined.low) + LONE_DAYS * 86_400.0
    lone = (joined.rows >= LEAST_ROWS) & ((joined.seconds < joined.low - far) | (joined.seconds > joined.high + far))
    odd = joined.filter(~joined.possible | lone.fill_null(False))  # noqa: FBT003  (a value for SQL's COALESCE)
    return odd.group_by("source").agg(rows=odd.count(), record=odd.record.min(), time=odd.time.argmin(odd.record))


def _odd_times(source: Source, row: dict[str, object]) -> Problem:
    return new_problem(
        kind=ProblemKind.FORMAT,
        where=f"{source.path}: record {row['record']}",
        expected=f"times between {EARLIEST.year} and the day of the hunt, near the others of the file",
        observed=f"{source.misdated} of {source.rows} that are not, the first: {row['time']}",
        effect="these events are kept with the times that they give, and may lie outside the windows that are asked for",
        action="correct the clock of who wrote them, or read these events by hand",
    )


def _clocks(connections: ir.Table) -> ir.Table:
    """Return of each device whose clock is off: device, offset (seconds, of the device after the sensor), pairs."""
    ends = ("source_ip", "source_port", "destination_ip", "destination_port")
    whole = connections.filter(*(connections[name].notnull() for name in ends))
    whole = whole.mutate(day=whole.time.truncate("D"), seconds=whole.time.epoch_seconds().cast("float64"))
    told = whole.filter(whole.image.notnull(), whole.device.notnull())
    seen = whole.filter(whole.image.isnull(), whole.connection_id.notnull())
    seen = seen.select(*ends, "day", sensed=seen.seconds)
    pairs = told.select("device", *ends, "day", "seconds").inner_join(seen, [*ends, "day"])
    pairs = pairs.mutate(offset=pairs.seconds - pairs.sensed).filter(lambda each: each.offset.abs() <= MOST_SECONDS)
    middle = pairs.group_by("device").agg(middle=pairs.offset.median(), pairs=pairs.count())
    off = middle.filter(middle.middle.abs() >= LEAST_SECONDS, middle.pairs >= LEAST_PAIRS)
    near = pairs.inner_join(off, "device")
    near = near.mutate(agrees=(near.offset - near.middle).abs() <= WITHIN_SECONDS)
    shares = near.group_by("device").agg(
        offset=near.middle.max(), pairs=near.pairs.max(), share=near.agrees.cast("float64").mean()
    )
    return shares.filter(shares.share >= AGREEING).select("device", "offset", "pairs").order_by("device")
