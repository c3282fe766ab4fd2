"""What programs do not do for a while and then do: how long each was quiet while it could have been seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from unrig.hunt.contacts import program
from unrig.hunt.expressions import calendar_days, days_between
from unrig.hunt.kinds import Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

HISTORY_DAYS = 7
"""A week holds one turn of people's habits; the sleep that rigged programs have shown before their first contact is at
least seven days (dossier of the model case, stage 4)."""


def watched(tables: Tables, classes: Iterable[str]) -> ir.Table:
    """Return since when each device's events of any of these classes are at hand: device, watched."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    first = ibis.union(*(_first(tables[name]) for name in (*classes, *classes)))
    return first.group_by("device").agg(watched=first["first"].min())


def habits(tables: Tables, since: ir.Table, done: ir.Table, classes: Iterable[str]) -> ir.Table:
    """Return for each program that did it how long it had run before, while devices were watched, without.

    `since` is what `watched` returns; `done` has device, program and time, one row each time it was done; `classes`
    are those whose `image` (or user agent) shows that a program runs. Columns: program, days_of_history (calendar days from when the
    program was first seen on any device to the first time), novelty (that, as a share of its observed life),
    prevalence (share of the devices running it that did it).
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    seen = ibis.union(*(_runs(tables[name]) for name in (*classes, *classes)))
    running = seen.filter(seen.program.notnull()).inner_join(since, "device")
    running = running.mutate(since=ibis.greatest(running["first"], running.watched))
    quiet = running.group_by("program").agg(since=running.since.min(), running=running.device.nunique())
    acts = done.group_by("program").agg(first=done.time.min(), last=done.time.max(), doing=done.device.nunique())
    both = acts.inner_join(quiet, "program")
    days = days_between(both.since, both["last"])
    return both.select(
        "program",
        days_of_history=calendar_days(both.since, both["first"]),
        novelty=ibis.ifelse(days > 0, days_between(both.since, both["first"]) / days, 0.0),
        prevalence=both.doing / both.running.cast("float64"),
    )


def _first(events: ir.Table) -> ir.Table:
    return events.group_by("device").agg(first=events.time.min())


def _runs(events: ir.Table) -> ir.Table:
    """Return since when each program runs on each device, as far as these events show: device, program, first."""
    # Programs are few and events many: first group by what stands in the row, then find out whose name that is.
    said = ("image", "user_agent") if "user_agent" in events.columns else ("image",)
    distinct = events.group_by("device", *said).agg(first=events.time.min())
    return distinct.select("device", program=program(distinct), first=distinct["first"])
