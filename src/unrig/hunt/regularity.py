"""How regular numbers are: RITA's statistic, with exact quartiles by rank, so that every engine gives the same.

Score = (1 - |Bowley's skew| + dispersion) / 2, where dispersion = (median - MAD) / median, at least 0. Quartiles are
the medians of the lower and upper half without the middle (RITA v5, analysis/beacons.go and the library it uses).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

LEAST_SPREAD = 10
"""RITA's: below this distance of the quartiles the skew says nothing."""


def regularity(values: ir.Table, default: float) -> ir.Table:
    """Return for each `pair` of a table (pair, value) its columns pair, median, mad and regularity.

    `default` is the dispersion's score where the median is below 1.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    known = values.filter(values.value.notnull())
    listed = known.group_by("pair").agg(items=known.value.collect())
    ordered = listed.mutate(items=listed["items"].sort())
    half = ordered["items"].length() // 2
    upper = ordered["items"].length() - half
    quartiles = ordered.mutate(
        q1=_middle(ordered["items"], ibis.literal(0), half),
        q2=_middle(ordered["items"], ibis.literal(0), ordered["items"].length()),
        q3=_middle(ordered["items"], upper, half),
    )
    apart = quartiles.mutate(items=quartiles["items"].map(lambda item: (item - quartiles.q2).abs()).sort())
    spread = apart.mutate(mad=_middle(apart["items"], ibis.literal(0), apart["items"].length()))
    width = spread.q3 - spread.q1
    skewed = (width >= LEAST_SPREAD) & (spread.q2 != spread.q1) & (spread.q2 != spread.q3)
    skew = ibis.ifelse(skewed, (spread.q1 + spread.q3 - 2 * spread.q2) / width, 0.0)
    dispersion = ibis.ifelse(spread.q2 >= 1, ibis.greatest(0.0, (spread.q2 - spread.mad) / spread.q2), default)
    return spread.select("pair", median=spread.q2, mad=spread.mad, regularity=(1 - skew.abs() + dispersion) / 2)


def _middle(items: ir.ArrayValue, first: ir.IntegerValue, length: ir.IntegerValue) -> ir.FloatingValue:
    """Return the median of so many sorted items from the first on."""
    return (items[first + (length - 1) // 2] + items[first + length // 2]) / 2.0
