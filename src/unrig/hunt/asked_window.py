"""The window of time that is asked about, as a table: a question's text, and so its plan, is the same for every window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.engine import Telemetry
from unrig.hunt.expressions import naive, within
from unrig.model.moment import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "asked window"


def put_window(store: Telemetry, window: Window) -> None:
    """Put the window among the tables, in place of the one before."""
    import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

    ends = {"window_since": window.since, "window_until": window.until}
    columns = {name: pa.array([naive(end) if end else None], pa.timestamp("us")) for name, end in ends.items()}
    store.put(NAME, pa.table(columns))


def in_window(store: Telemetry, events: ir.Table) -> ir.Table:
    """Return the events in the window that was put; an end that it has not is open."""
    crossed = events.cross_join(store.given(NAME))
    return crossed.filter(within(crossed.time, crossed.window_since, crossed.window_until)).select(*events.columns)
