from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.vet import batches
from unrig.vet.batches import LARGEST, SMALLEST, dealt, fair_batch


@pytest.mark.parametrize(
    ("count", "processors", "size"), [(1569, 2, 393), (1569, 8, 99), (10, 2, SMALLEST), (0, 1, 16)]
)
def test_two_workers_a_processor(monkeypatch: pytest.MonkeyPatch, count: int, processors: int, size: int) -> None:
    monkeypatch.setattr(batches, "usable_processors", lambda: processors)
    assert fair_batch(count) == size


def test_no_worker_takes_more_than_the_largest_batch() -> None:
    assert fair_batch(1_000_000) == LARGEST


@given(sizes=st.lists(st.integers(0, 1000)), batch=st.integers(1, 50))
def test_dealing_keeps_every_item_once(sizes: list[int], batch: int) -> None:
    assert Counter(dealt(sorted(sizes, reverse=True), batch)) == Counter(sizes)


def test_every_hand_has_its_share_of_large_items() -> None:
    hands = dealt(sorted(range(64), reverse=True), 16)
    sums = [sum(hands[start : start + 16]) for start in range(0, 64, 16)]
    assert max(sums) - min(sums) <= 48
