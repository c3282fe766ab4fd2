"""Draws are the same everywhere, apart from each other, and within their bounds."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.seeds import between, derive, pick, stream

SEEDS = st.integers(min_value=0, max_value=2**63)


def test_stream_is_shake_256_of_seed_and_label() -> None:
    assert stream(7, "names", 40) == hashlib.shake_256(b"7/names").digest(40)


@given(SEEDS, st.text(max_size=8), st.integers(0, 200), st.integers(0, 200))
def test_a_longer_stream_starts_with_the_shorter_one(seed: int, label: str, first: int, second: int) -> None:
    short, long = sorted((first, second))
    assert stream(seed, label, long)[:short] == stream(seed, label, short)


@given(SEEDS)
def test_labels_and_seeds_draw_apart(seed: int) -> None:
    assert stream(seed, "a", 16) != stream(seed, "b", 16)
    assert stream(seed, "a", 16) != stream(seed + 1, "a", 16)
    assert derive(seed, "a") != derive(seed, "b")


@given(SEEDS, st.integers(-50, 50), st.integers(0, 50))
def test_between_stays_within_its_bounds(seed: int, low: int, width: int) -> None:
    assert low <= between(seed, "size", low, low + width) <= low + width


def test_between_reaches_both_bounds() -> None:
    assert {between(seed, "size", 3, 5) for seed in range(60)} == {3, 4, 5}


def test_between_refuses_an_empty_range() -> None:
    with pytest.raises(ValueError, match="size: nothing lies between 5 and 4"):
        between(0, "size", 5, 4)


def test_pick_reaches_every_choice_and_refuses_none() -> None:
    assert {pick(seed, "name", ("a", "b", "c")) for seed in range(60)} == {"a", "b", "c"}
    with pytest.raises(ValueError, match="name"):
        pick(0, "name", ())
