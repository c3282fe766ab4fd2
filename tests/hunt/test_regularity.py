"""RITA v5's published examples (analysis/beacons_test.go): the numbers and the scores that it expects of them."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
import pytest

from unrig.hunt.histogram import histogram
from unrig.hunt.regularity import regularity

HOUR = 3600


def score(made: Any, values: list[float], default: float) -> dict[str, float]:
    table = ibis.memtable(pa.table({"pair": [1] * len(values), "value": [float(value) for value in values]}))
    [row] = made.store.answer(regularity(table, default)).to_pylist()
    return row


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([1] * 9, 1.0),
        ([60] * 9, 1.0),
        ([98, 99, 99, 100, 100, 100, 101, 101, 102], 0.995),
        ([98, 300] * 5, 0.746),
        ([1, 299, 25, 4975, 90, 2, 42, 500, 1500], 0.083),
    ],
)
def test_intervals(intervals: list[float], expected: float, made: Any) -> None:
    assert score(made, intervals, 1.0)["regularity"] == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (list(range(1, 11)), 0.773),
        ([60] * 9, 1.0),
        ([524885, 1, 5000, 98654, 50, 41, 965842, 3], 0.008),
        ([0] * 10, 0.5),
    ],
)
def test_sizes(sizes: list[float], expected: float, made: Any) -> None:
    assert score(made, sizes, 0.0)["regularity"] == pytest.approx(expected, abs=0.001)


def shape(made: Any, seconds: list[int], end: int = 24 * HOUR) -> dict[str, float]:
    columns = {"second": seconds, "pair": [1] * len(seconds), "start": [0] * len(seconds), "end": [end] * len(seconds)}
    [row] = made.store.answer(histogram(ibis.memtable(pa.table(columns)))).to_pylist()
    return row


def hourly(*counts: int) -> list[int]:
    return [hour * HOUR + minute * 60 for hour, count in enumerate(counts) for minute in range(count)]


@pytest.mark.parametrize(
    ("counts", "histogram_score", "duration", "bars"),
    [
        ((2,) * 24, 1.0, 1.0, 24),
        ((1, 4) * 12, 1.0, 1.0, 24),  # two heights
        ((3,) * 6 + (0,) * 18, 0.0, 0.5, 6),
        ((0,) * 6 + (1,) * 12 + (0,) * 6, 1.0, 1.0, 12),
        ((1,) * 5 + (0,) * 19, 0.0, 0.0, 5),
        ((1,) * 3 + (0,) * 18 + (1,) * 3, 0.0, 0.958, 6),  # a run around the end of 6 of 12, yet covered almost all
    ],
)
def test_shapes(counts: tuple[int, ...], histogram_score: float, duration: float, bars: int, made: Any) -> None:
    found = shape(made, hourly(*counts))
    assert found["bars"] == bars
    assert found["histogram"] == pytest.approx(histogram_score, abs=0.01)
    assert found["duration"] == pytest.approx(duration, abs=0.01)


def test_many_pairs_do_not_mix(made: Any) -> None:
    table = ibis.memtable(pa.table({"pair": [1, 1, 1, 2, 2, 2], "value": [60.0, 60.0, 60.0, 1.0, 500.0, 9000.0]}))
    rows = {row["pair"]: row["regularity"] for row in made.store.answer(regularity(table, 1.0)).to_pylist()}
    assert rows[1] == 1.0
    assert rows[2] < 0.2
