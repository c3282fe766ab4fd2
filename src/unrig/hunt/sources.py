"""What the tables say of each source: its first and last time, and its device where there is but one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from unrig.hunt.engine import Telemetry
from unrig.hunt.kinds import Tables
from unrig.model.telemetry import Source

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_extent(tables: Telemetry, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Return the sources with their times, in UTC, and devices filled in."""
    found = tables.ask("extent", lambda: _extent(tables.tables))
    extent = {row["source"]: row for row in found.to_pylist()}
    return tuple(
        msgspec.structs.replace(
            source,
            first=extent[source.id]["first"].replace(tzinfo=dt.UTC),
            last=extent[source.id]["last"].replace(tzinfo=dt.UTC),
            device=(extent[source.id]["device"] or "") if extent[source.id]["devices"] == 1 else "",
        )
        if source.id in extent
        else source
        for source in sources
    )


def _extent(tables: Tables) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    every = ibis.union(
        *(
            events.group_by("source", "device").agg(first=events.time.min(), last=events.time.max())
            for events in tables.values()
        )
    )
    return every.group_by("source").agg(
        first=every["first"].min(),
        last=every["last"].max(),
        devices=every.device.nunique(),
        device=every.device.min(),
    )
