"""What belongs together in time, and what somebody does every few days anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROUTINE_DAYS = 3
"""On as many days the same actor did the same: an inventory or an admin's script, not somebody who is new."""


def bursts(events: ir.Table, *, by: Sequence[str], what: str, seconds: int, least: int) -> ir.Table:
    """Return the events around which, in less than `seconds` before or after, `least` different values of `what` occur.

    `by` are the columns that the events of one burst share; `different` counts the values.
    """
    timed = events.mutate(second=events.time.epoch_seconds())
    others = timed.select(*by, other=timed[what], then=timed.second)
    pairs = timed.inner_join(others, list(by))
    pairs = pairs.filter((pairs.then - pairs.second).abs() < seconds)
    counted = pairs.group_by(*timed.columns).agg(different=pairs.other.nunique())
    return counted.filter(counted.different >= least)


def with_days(found: ir.Table, actor: str) -> ir.Table:
    """Return the rows with `days`, the number of days (UTC) on which their actor did this on any device."""
    dated = found.mutate(day=found.time.truncate("D"))
    days = dated.group_by(actor).agg(days=dated.day.nunique())
    return found.inner_join(days, actor)
