"""When a device logged nothing of what a question needs, within the time of the whole hunt: no answer holds for then.

A sensor that is installed late, removed early or switched off in between leaves days without rows. A weekend is two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from unrig.hunt.asked_window import in_window, put_window
from unrig.hunt.clocks import plausible
from unrig.hunt.engine import Telemetry
from unrig.hunt.expressions import SECONDS_A_DAY
from unrig.model.moment import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir

SILENT_DAYS = 3
"""Whole days without a row from which on a device counts as silent: one more than a weekend has."""
DAY = dt.timedelta(days=1)

Pauses = Mapping[tuple[str, str], tuple[Window, ...]]
"""Device and event class to the silent days between two of its rows."""


def pauses(store: Telemetry, classes: Iterable[str], now: dt.datetime) -> Pauses:
    """Return where a device's rows of a class leave out days."""
    names = sorted(classes)
    if not names:
        return {}
    window = plausible(Window(), now)
    put_window(store, window)
    question = f"pauses of {' '.join(names)}"
    found: dict[tuple[str, str], tuple[Window, ...]] = {}
    for row in store.ask(question, lambda: _pauses(store, names)).to_pylist():
        key = (row["device"], row["event_class"])
        after, again = (row[name].replace(tzinfo=dt.UTC) for name in ("before", "day"))
        found[key] = (*found.get(key, ()), Window(since=after + DAY, until=again))
    return found


def silent(within: Window, alternatives: Sequence[Sequence[tuple[Window, ...]]]) -> tuple[Window, ...]:
    """Return when a question could not be answered within a time.

    `alternatives` are the ways to answer it, each a list of the pauses of every class that it needs, the time before
    the first and after the last row among them: silent is when each alternative lacks one class at least.
    """
    if within.since is None or within.until is None or not alternatives:
        return ()
    if not all(any(classes) for classes in alternatives):  # most devices: one way at least never pauses
        return ()
    start = _midnight(within.since)
    whole = (1 << max(0, (within.until - start).days + 1)) - 1
    for classes in alternatives:
        lacking = 0
        for each in classes:
            for window in each:
                lacking |= _days(window, start)
        whole &= lacking
    return tuple(_windows(whole, start))


def ends(first: dt.datetime, last: dt.datetime, within: Window) -> tuple[Window, ...]:
    """Return the days of a time before the first row and after the last one."""
    found = []
    if within.since is not None:
        found.append(Window(since=_midnight(within.since), until=_midnight(first)))
    if within.until is not None:
        found.append(Window(since=_midnight(last) + DAY, until=_midnight(within.until) + DAY))
    return tuple(each for each in found if each.since and each.until and each.since < each.until)


def _days(window: Window, start: dt.datetime) -> int:
    """Return the days of a window as bits, the first of them that of `start`."""
    if window.since is None or window.until is None:
        return 0
    first, end = (max(0, (each - start).days) for each in (window.since, window.until))
    return ((1 << end) - 1) & ~((1 << first) - 1)


def _windows(days: int, start: dt.datetime) -> Iterator[Window]:
    at = 0
    while days >> at:
        if not days >> at & 1:
            at += 1
            continue
        first = at
        while days >> at & 1:
            at += 1
        if at - first >= SILENT_DAYS:
            yield Window(since=start + first * DAY, until=start + at * DAY)


def _midnight(moment: dt.datetime) -> dt.datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _pauses(store: Telemetry, names: Sequence[str]) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    parts = []
    for name in names:
        rows = in_window(store, store.tables[name])
        rows = rows.filter(rows.device.notnull())
        parts.append(rows.select("device", day=rows.time.truncate("D"), event_class=ibis.literal(name)).distinct())
    days = ibis.union(*parts) if len(parts) > 1 else parts[0]
    order = ibis.window(group_by=["event_class", "device"], order_by="day")
    told = days.mutate(before=days.day.lag().over(order), place=ibis.row_number().over(order))
    seconds = told.day.epoch_seconds() - told.before.epoch_seconds()
    found = told.filter(told.place > 0, seconds > SILENT_DAYS * SECONDS_A_DAY)  # by place: a lag may be 0, not null
    return found.select("event_class", "device", "before", "day").order_by("event_class", "device", "day")
