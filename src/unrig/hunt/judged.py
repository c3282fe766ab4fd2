"""Tests over the whole run: counts of all analytics that ask for one, judged together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unrig.hunt.statistics import Counts, adjusted, fisher, odds_ratio

if TYPE_CHECKING:
    import pyarrow as pa

COUNTS = ("with_release", "without_it", "elsewhere", "neither")
"""The columns of a table of tests that Counts is made of; the others say what was tested."""
JUDGED = "judged"
"""The name under which the table of what differs is put among the event tables."""
RATE = 0.05
"""The false discovery rate at which a difference counts: one in twenty of what is said may be chance."""


def judge(tests: Sequence[pa.Table]) -> list[pa.Table]:
    """Return each table with only the rows that differ, and odds, p and q; q is over all rows of all tables."""
    import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

    counts = [[Counts(**{name: row[name] for name in COUNTS}) for row in table.to_pylist()] for table in tests]
    values = [[fisher(each) for each in rows] for rows in counts]
    rates = iter(adjusted([value for rows in values for value in rows]))
    found = []
    for table, rows, p in zip(tests, counts, values, strict=True):
        q = [next(rates) for _ in rows]
        whole = table.append_column("odds", pa.array([odds_ratio(each) for each in rows], pa.float64()))
        whole = whole.append_column("p", pa.array(p, pa.float64())).append_column("q", pa.array(q, pa.float64()))
        found.append(whole.filter(pa.array([value <= RATE for value in q], pa.bool_())))
    return found
