"""Traits that few devices show, and that come up only after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import calendar_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

RARE = 0.02
"""RITA's threshold of prevalence."""
LEAST_DEVICES = 50
"""Below fifty devices a single one is more than RARE, so nothing can be told."""


def rare(events: ir.Table, trait: str) -> ir.Table:
    """Return the events whose trait few devices show, with prevalence and new_days.

    `new_days` are the calendar days from the first event of any device to the first with the trait.
    """
    whole = events.agg(all=events.device.nunique(), began=events.time.min())
    shown = events.group_by(trait).agg(showing=events.device.nunique(), first=events.time.min())
    known = shown.cross_join(whole)
    few = known.filter(known["all"] >= LEAST_DEVICES, known.showing / known["all"].cast("float64") <= RARE)
    few = few.select(
        trait,
        prevalence=few.showing / few["all"].cast("float64"),
        new_days=calendar_days(few.began, few["first"]),
    )
    return events.inner_join(few, trait)
