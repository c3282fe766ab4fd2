"""What a hunt could not have seen: computed from what each question needs and what each device's rows fill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from unrig.data.events import catalogue, remedy
from unrig.hunt.asked_window import in_window, put_window
from unrig.hunt.engine import Telemetry
from unrig.hunt.expressions import SECONDS_A_DAY
from unrig.hunt.kinds import Needs
from unrig.hunt.silences import Pauses, ends, silent
from unrig.model.moment import Window
from unrig.model.telemetry import Fills, Observability, Seen, Sighting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

NOBODY = ""
"""The device of rows that name none."""


class Question(Struct, frozen=True, kw_only=True):
    """One analytic or lead, as far as its blind spots go."""

    of: str
    title: str = ""
    needs: Needs
    history_days: int = 0
    window: Window = Window()
    power: Callable[[float], str] | None = None
    """What would have shown in so many days."""


class Filled(Struct, frozen=True, kw_only=True):
    """The rows of one class from one device within a window."""

    rows: int
    first: dt.datetime
    last: dt.datetime
    columns: Mapping[str, int]
    """Column to the number of rows that fill it."""


class _Gap(Struct, frozen=True, kw_only=True):
    """What of a question's needs a device does not fill, and what to switch on."""

    why: str
    remedy: str


Measured = Mapping[tuple[str, str], Filled]
"""Device and event class to its rows; no entry where there are none."""


def measure(store: Telemetry, wanted: Fills, window: Window) -> Measured:
    """Count for each device and class the rows in a window, and those that fill each of the wanted columns."""
    found: dict[tuple[str, str], Filled] = {}
    put_window(store, window)
    for event_class in sorted(wanted):
        columns = sorted(wanted[event_class])
        for row in _counted(store, event_class, columns).to_pylist():
            found[row["device"] or NOBODY, event_class] = Filled(
                rows=row["rows"],
                first=row["first"].replace(tzinfo=dt.UTC),
                last=row["last"].replace(tzinfo=dt.UTC),
                columns={column: row[f"filled_{column}"] for column in columns},
            )
    return found


def all_needs(questions: Iterable[Question]) -> Fills:
    """Return every class and column that any question needs."""
    wanted: dict[str, frozenset[str]] = {}
    for question in questions:
        for alternative in question.needs:
            for event_class, columns in alternative.items():
                wanted[event_class] = wanted.get(event_class, frozenset()) | columns
    return wanted


def observability(
    question: Question,
    measured: Measured,
    devices: Sequence[str],
    seen_on: frozenset[str],
    paused: Pauses | None = None,
) -> Iterator[Observability]:
    """Yield for each device whether the question was answered there, and if not, why and what would.

    `paused` says where rows leave out days; what is measured must be that of all questions of the same window.
    """
    within = _extent(measured)
    for device in devices:
        complete = [each for each in question.needs if not _missing(each, device, measured)]
        rows = [measured[device, name] for each in complete for name in each]
        gap = _gap(question, measured, device)
        short = _short_history(question, rows)
        if device in seen_on:
            state = Seen.SEEN
        elif complete and not short:
            state = Seen.NOT_SEEN
        else:
            state = Seen.NOT_OBSERVABLE
        yield Observability(
            of=question.of,
            title=question.title,
            device=device,
            first=min((each.first for each in rows), default=None),
            last=max((each.last for each in rows), default=None),
            silent=_silent(complete, device, measured, paused or {}, within),
            state=state,
            why=short or gap.why,
            power="; ".join(filter(None, (_shown(question, rows), _power(question, measured, device)))),
            remedy=f"keep at least {question.history_days} days of telemetry" if short else gap.remedy,
        )


def _extent(measured: Measured) -> Window:
    """Return from when to when anything was logged at all."""
    if not measured:
        return Window()
    return Window(
        since=min(each.first for each in measured.values()), until=max(each.last for each in measured.values())
    )


def _silent(
    complete: Sequence[Fills], device: str, measured: Measured, paused: Pauses, within: Window
) -> tuple[Window, ...]:
    alternatives = [
        [
            (*ends(measured[device, name].first, measured[device, name].last, within), *paused.get((device, name), ()))
            for name in each
        ]
        for each in complete
    ]
    return silent(within, alternatives)


def without(answers: Iterable[Observability], unable: Mapping[str, str]) -> tuple[Observability, ...]:
    """Return the answers with those that an engine could not give as not observable; `unable` says why, by question."""
    return tuple(
        msgspec.structs.replace(
            each,
            state=Seen.NOT_OBSERVABLE,
            why=f"the engine cannot answer this: {unable[each.of]}",
            power="",
            remedy="copy these tables into a DuckDB file and hunt there: the embedded engine can answer everything",
        )
        if each.of in unable
        else each
        for each in answers
    )


def _counted(store: Telemetry, event_class: str, columns: Sequence[str]) -> pa.Table:
    question = f"rows of {event_class} with {' '.join(columns)}"
    return store.ask(question, lambda: _counts(in_window(store, store.tables[event_class]), columns))


def _counts(events: ir.Table, columns: Sequence[str]) -> ir.Table:
    filled = {f"filled_{column}": events[column].count() for column in columns}
    counted = events.group_by("device").agg(
        rows=events.count(), first=events.time.min(), last=events.time.max(), **filled
    )
    return counted.order_by("device")


def _missing(alternative: Fills, device: str, measured: Measured) -> tuple[str, ...]:
    """Return the classes, or `class.column`s, of an alternative that the device does not fill."""
    found: list[str] = []
    for event_class in sorted(alternative):
        filled = measured.get((device, event_class))
        if filled is None:
            found.append(event_class)
        else:
            found += [f"{event_class}.{name}" for name in sorted(alternative[event_class]) if not filled.columns[name]]
    return tuple(found)


def _gap(question: Question, measured: Measured, device: str) -> _Gap:
    missing = sorted({each for alternative in question.needs for each in _missing(alternative, device, measured)})
    absent = [each for each in missing if "." not in each]
    empty = [each for each in missing if "." in each]
    period = " in the lead's window" if question.window != Window() else ""
    why = []
    if absent:
        why.append(f"no {', '.join(absent)} events{period}")
    if empty:
        why.append(f"never filled{period}: {', '.join(empty)}")
    remedies = dict.fromkeys([*(remedy(each) for each in absent), *(remedy(*each.split(".", 1)) for each in empty)])
    return _Gap(why="; ".join(why), remedy="; ".join(remedies))


def _shown(question: Question, rows: Sequence[Filled]) -> str:
    """Say what so many days of telemetry would have shown, as the analytic puts it."""
    if question.power is None or not rows:
        return ""
    span = max(each.last for each in rows) - min(each.first for each in rows)
    return question.power(span.total_seconds() / SECONDS_A_DAY)


def _power(question: Question, measured: Measured, device: str) -> str:
    parts = []
    shared = catalogue().shared
    for event_class, columns in sorted(all_needs([question]).items()):
        filled = measured.get((device, event_class))
        if filled is not None:
            least = min(columns, key=lambda name: (filled.columns[name], name in shared, name))
            parts.append(f"{filled.rows} {event_class} events, {filled.columns[least]} with {least}")
    return "; ".join(parts)


def _short_history(question: Question, rows: Sequence[Filled]) -> str:
    if not question.history_days or not rows:
        return ""
    days = (max(each.last for each in rows).date() - min(each.first for each in rows).date()).days
    return "" if days >= question.history_days else f"{days} days of history, {question.history_days} are needed"


def excluded(found: Iterable[Sighting], exclusion: str) -> Iterator[Observability]:
    """Yield what was excluded from a device's security product, as the blind spot that it is from then on."""
    for each in found:
        if each.of == exclusion:
            yield Observability(
                of=each.of,
                title=each.title,
                device=each.device,
                first=each.first,
                state=Seen.NOT_OBSERVABLE,
                why=f"its security product says nothing of {each.detail}, excluded since {each.first:%Y-%m-%d %H:%M}",
                remedy="remove the exclusion and have the device scanned",
            )
