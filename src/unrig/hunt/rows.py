"""How a question's expression ends: the columns every sighting is made of, and its sub-scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unrig.hunt.kinds import ROW_COLUMNS
from unrig.hunt.sightings import SCORE
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

Scores = Mapping[str, "ir.Value | float"]


def rows_of(
    found: ir.Table,
    *,
    of: str | ir.StringValue,
    process: ir.StringValue,
    detail: ir.StringValue,
    stage: str,
    severity: Severity | ir.StringValue,
    scores: Scores | None = None,
) -> ir.Table:
    """Return events (device, user, time, source, record, offset) as rows with ROW_COLUMNS; no score is null."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    named = {
        SCORE + name: _number(value if isinstance(value, ibis.Expr) else ibis.literal(value)).fill_null(0.0)
        for name, value in (scores or {}).items()
    }
    return found.mutate(
        of=ibis.literal(of) if isinstance(of, str) else of,
        process=process,
        detail=detail,
        stage=ibis.literal(stage),
        severity=ibis.literal(severity.value) if isinstance(severity, Severity) else severity,
        **named,
    ).select(*ROW_COLUMNS, *named)


def _number(value: ir.Value) -> ir.FloatingValue:
    """Return a score as a number; 1 for what is true, which not every engine casts."""
    return value.ifelse(1.0, 0.0) if value.type().is_boolean() else value.cast("float64")


def level(condition: ir.BooleanValue, yes: Severity, no: Severity | ir.StringValue) -> ir.StringValue:
    """Return one severity where a condition holds, else the other; null counts as not."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    other = no.value if isinstance(no, Severity) else no
    return ibis.ifelse(condition.fill_null(False), yes.value, other)  # noqa: FBT003  (a value for SQL's COALESCE)
