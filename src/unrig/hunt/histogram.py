"""How evenly contacts lie over a stretch of time: RITA's histogram of 24 bars, and how long they last.

From RITA v5 (analysis/beacons.go): the histogram's score is the better of 1 - CV of the bars and the share of bars of the two commonest
heights (heights within 5 % of the highest count as one, one bar may be odd, at least 11 bars); the duration's is the
better of the share of the stretch covered and the longest run of bars (around the end) of 12; 0 below 6 bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

BINS = 24
SAME_HEIGHT = 0.05
LEAST_BARS_OF_TWO_HEIGHTS = 11
ODD_BARS = 1
LEAST_BARS = 6
IDEAL_RUN = 12


def histogram(times: ir.Table) -> ir.Table:
    """Return for each `pair` of a table (pair, second, start, end) its columns pair, bars, histogram and duration."""
    spans = times.group_by("pair").agg(span=(times.end - times.start).max().cast("float64"))
    return shapes(times.mutate(bin=bin_of(times.second, times.start, times.end)), spans)


def bin_of(second: ir.IntegerValue, start: ir.IntegerValue, end: ir.IntegerValue) -> ir.IntegerValue:
    """Return which of the bars a moment belongs to, from 0; what lies outside belongs to the first or last."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    place = ((second - start) * float(BINS) / (end - start)).floor().cast("int64")
    return ibis.least(ibis.greatest(place, 0), BINS - 1)


def shapes(binned: ir.Table, spans: ir.Table) -> ir.Table:
    """Return the same of contacts (pair, second, bin) and their pairs' stretches of time (pair, span)."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    bars = binned.group_by("pair", "bin").agg(
        height=binned.count(), first=binned.second.min(), last=binned.second.max()
    )
    shape = bars.group_by("pair").agg(
        bars=bars.count(),
        total=bars.height.sum().cast("float64"),
        squares=(bars.height.cast("float64") * bars.height.cast("float64")).sum(),
        first=bars["first"].min(),
        last=bars["last"].max(),
    )
    joined = shape.left_join(_two_heights(bars), "pair").left_join(_longest_run(bars), "pair").inner_join(spans, "pair")
    mean = joined.total / BINS
    deviation = ibis.greatest(0.0, joined.squares / BINS - mean * mean).sqrt()
    even = ibis.greatest(0.0, 1 - deviation / mean)
    two = ibis.ifelse(
        joined.bars >= LEAST_BARS_OF_TWO_HEIGHTS,
        ibis.least(1.0, joined.commonest / ibis.greatest(joined.bars - ODD_BARS, 1).cast("float64")),
        0.0,
    )
    covered = ibis.least(1.0, (joined["last"] - joined["first"]) / joined.span)
    lasting = ibis.greatest(covered, ibis.least(1.0, joined.run / float(IDEAL_RUN)))
    return joined.select(
        "pair",
        "bars",
        histogram=ibis.greatest(even, two),
        duration=ibis.ifelse(joined.bars >= LEAST_BARS, lasting, 0.0),
    )


def _two_heights(bars: ir.Table) -> ir.Table:
    """Return for each pair how many bars have one of its two commonest heights."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    highest = bars.height.max().over(ibis.window(group_by="pair"))
    step = (highest * SAME_HEIGHT).ceil()
    heights = bars.mutate(level=(bars.height / step).floor())
    counted = heights.group_by("pair", "level").agg(alike=heights.count())
    order = ibis.window(group_by="pair", order_by=[counted.alike.desc(), counted.level])
    best = counted.mutate(place=ibis.row_number().over(order)).filter(lambda found: found.place < 2)
    return best.group_by("pair").agg(commonest=best.alike.sum())


def _longest_run(bars: ir.Table) -> ir.Table:
    """Return for each pair the longest run of bars without a gap, the last bar being followed by the first."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    ordered = ibis.window(group_by=bars.pair, order_by=bars["bin"])
    islands = bars.mutate(island=bars.bin - ibis.row_number().over(ordered))
    runs = islands.group_by("pair", "island").agg(
        run=islands.count(), opens=(islands.bin == 0).any(), closes=(islands.bin == BINS - 1).any()
    )
    around = runs.run.sum(where=runs.opens | runs.closes).fill_null(0)
    ends = (runs.opens.any() & runs.closes.any()).fill_null(False)  # noqa: FBT003  (a value for SQL's COALESCE)
    return runs.group_by("pair").agg(run=ibis.greatest(runs.run.max(), ibis.ifelse(ends, around, 0)))
