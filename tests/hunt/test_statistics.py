from __future__ import annotations

import itertools
import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt.judged import judge
from unrig.hunt.statistics import Counts, adjusted, fisher, odds_ratio


def counts(a: int, b: int, c: int, d: int) -> Counts:
    return Counts(with_release=a, without_it=b, elsewhere=c, neither=d)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (counts(3, 1, 1, 3), 17 / 70),  # Fisher's lady tasting tea: three of four right
        (counts(4, 0, 0, 4), 1 / 70),
        (counts(0, 5, 0, 5), 1.0),
        (counts(0, 5, 5, 0), 1.0),
    ],
)
def test_fishers_exact_test(given_: Counts, expected: float) -> None:
    assert fisher(given_) == pytest.approx(expected, rel=1e-3)


@settings(deadline=None, max_examples=50)
@given(*(st.integers(0, 12) for _ in range(4)))
def test_it_is_the_sum_of_the_hypergeometric_tail(a: int, b: int, c: int, d: int) -> None:
    exposed, having, total = a + b, a + c, a + b + c + d
    exact = sum(
        math.comb(exposed, k) * math.comb(total - exposed, having - k) for k in range(a, min(exposed, having) + 1)
    ) / math.comb(total, having)
    assert fisher(counts(a, b, c, d)) == pytest.approx(exact, rel=1e-9)


def test_large_counts_do_not_overflow() -> None:
    assert 0 <= fisher(counts(900, 100, 100, 18900)) < 1e-300 or fisher(counts(900, 100, 100, 18900)) == 0
    assert odds_ratio(counts(900, 100, 100, 18900)) == pytest.approx(1693, rel=0.01)


def test_benjamini_and_hochbergs_own_order() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.5]) == pytest.approx((0.04, 0.0533, 0.0533, 0.5), abs=1e-3)
    assert adjusted([]) == ()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), max_size=20))
def test_no_q_is_below_its_p_and_their_order_is_the_same(values: list[float]) -> None:
    found = adjusted(values)
    assert all(q >= p or math.isclose(q, p) for p, q in zip(values, found, strict=True))
    ordered = sorted(zip(values, found, strict=True))
    assert all(one[1] <= two[1] for one, two in itertools.pairwise(ordered))


def test_all_tests_of_a_run_are_judged_together() -> None:
    strong = {"value": "x", "with_release": 10, "without_it": 0, "elsewhere": 0, "neither": 30}
    weak = {"value": "y", "with_release": 2, "without_it": 8, "elsewhere": 1, "neither": 29}
    [first, second] = judge([pa.Table.from_pylist([strong]), pa.Table.from_pylist([weak] * 30)])
    assert first["value"].to_pylist() == ["x"]
    assert first["q"].to_pylist()[0] == pytest.approx(first["p"].to_pylist()[0] * 31)
    assert second.num_rows == 0
