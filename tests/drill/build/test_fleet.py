"""The fleet: numbers within their bounds for any seed, and something to see and something that cannot be seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.events import Lack
from unrig.drill.build.fleet import BLIND, CUSTOMERS, DEVICES, customers, fleet, shuffled

SEEDS = st.integers(0, 2**40)


@given(SEEDS)
def test_numbers_stay_within_their_bounds(seed: int) -> None:
    devices = fleet(seed)
    having, updating = [d for d in devices if d.has_product], [d for d in devices if d.updates]
    assert len(devices) == DEVICES == len({d.name for d in devices})
    assert 11 <= len(having) <= 14
    assert 2 <= len(having) - len(updating) <= 4
    assert 4 <= sum(d.contacts for d in devices) <= 6
    assert 1 <= sum(d.visited for d in devices) <= 3
    assert sum(d.lack is not Lack.NOTHING for d in devices) == BLIND


@given(SEEDS)
def test_one_thing_needs_the_other(seed: int) -> None:
    for device in fleet(seed):
        assert device.has_product or not device.updates
        assert device.updates or not device.contacts
        assert device.contacts or not device.visited
        assert device.customer in customers(seed)


@given(SEEDS)
def test_every_stage_can_be_seen_and_something_cannot(seed: int) -> None:
    devices = fleet(seed)
    assert any(d.visited and d.lack is Lack.NOTHING for d in devices)
    assert any(d.contacts and d.lack is not Lack.NOTHING for d in devices)


@given(SEEDS, st.lists(st.integers(), max_size=9))
def test_shuffling_keeps_the_items(seed: int, items: list[int]) -> None:
    assert sorted(shuffled(seed, "x", items)) == sorted(items)
    assert shuffled(seed, "x", items) == shuffled(seed, "x", items)


def test_customers_are_three_of_the_made_up_ones() -> None:
    found = {customers(seed) for seed in range(30)}
    assert all(len(set(each)) == 3 and set(each) <= set(CUSTOMERS) for each in found)
    assert len(found) > 3
    assert {device.lack for seed in range(30) for device in fleet(seed)} == set(Lack)
