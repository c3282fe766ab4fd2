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

    ranked = _ranked(values, "value")
    half = ranked.total // 2
    upper = ranked.total - half
    quartiles = ranked.group_by("pair").agg(
        q1=_mean_at(ranked, (half - 1) // 2, half // 2),
        q2=_mean_at(ranked, (ranked.total - 1) // 2, ranked.total // 2),
        q3=_mean_at(ranked, upper + (half - 1) // 2, upper + half // 2),
    )
    apart = values.inner_join(quartiles.select("pair", "q2"), "pair")
    apart = _ranked(apart.select("pair", value=(apart.value - apart.q2).abs()), "value")
    spread = apart.group_by("pair").agg(mad=_mean_at(apart, (apart.total - 1) // 2, apart.total // 2))
    known = quartiles.inner_join(spread, "pair")
    width = known.q3 - known.q1
    skewed = (width >= LEAST_SPREAD) & (known.q2 != known.q1) & (known.q2 != known.q3)
    skew = ibis.ifelse(skewed, (known.q1 + known.q3 - 2 * known.q2) / width, 0.0)
    dispersion = ibis.ifelse(known.q2 >= 1, ibis.greatest(0.0, (known.q2 - known.mad) / known.q2), default)
    return known.select("pair", median=known.q2, mad=known.mad, regularity=(1 - skew.abs() + dispersion) / 2)


def _ranked(values: ir.Table, column: str) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    ordered = ibis.window(group_by="pair", order_by=values[column])
    return values.mutate(
        rank=ibis.row_number().over(ordered), total=values.count().over(ibis.window(group_by="pair"))
    ).filter(lambda found: found[column].notnull())


def _mean_at(ranked: ir.Table, low: ir.NumericValue, high: ir.NumericValue) -> ir.FloatingScalar:
    """Return the mean of the values at two ranks of each pair, which may be the same."""
    return ranked.value.mean(where=(ranked["rank"] == low) | (ranked["rank"] == high)).cast("float64")
