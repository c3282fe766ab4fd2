"""Payloads have their size, their nature and their marker."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.payload import LARGEST, MARKER, NOTHING, Kind, PayloadSpec, fill, payload

SIZES = st.integers(0, 20_000)
LARGE = 64 << 10


def entropy(data: bytes) -> float:
    counts = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    shares = counts[counts > 0] / len(data)
    return float(-(shares * np.log2(shares)).sum())


@given(st.integers(0, 2**63), SIZES, st.sampled_from(Kind))
def test_size_is_exact_and_bytes_repeat(seed: int, size: int, kind: Kind) -> None:
    data = payload(seed, size, kind)
    assert len(data) == size
    assert data == payload(seed, size, kind)


@pytest.mark.parametrize("kind", [Kind.RANDOM, Kind.ASCII, Kind.STRUCTURED])
def test_marker_stands_in_front_where_there_is_room(kind: Kind) -> None:
    assert MARKER == b"UNRIG-INERT-DRILL-PAYLOAD"
    assert payload(1, len(MARKER), kind) == MARKER
    assert payload(1, 5_000, kind).startswith(MARKER)
    assert MARKER not in payload(1, len(MARKER) - 1, kind)


def test_zeros_hide_nothing() -> None:
    assert payload(1, 500, Kind.ZEROS) == bytes(500)


@pytest.mark.parametrize(
    ("kind", "low", "high"), [(Kind.RANDOM, 7.99, 8.0), (Kind.ASCII, 2.0, 5.0), (Kind.STRUCTURED, 1.5, 6.0)]
)
def test_kinds_look_like_what_they_are_called(kind: Kind, low: float, high: float) -> None:
    assert low <= entropy(payload(3, LARGE, kind)) <= high


def test_ascii_is_printable_and_structured_is_not() -> None:
    printable = set(string.printable.encode())
    assert set(payload(3, LARGE, Kind.ASCII)) <= printable
    assert not set(payload(3, LARGE, Kind.STRUCTURED)) <= printable


@pytest.mark.parametrize("kind", [Kind.RANDOM, Kind.ASCII, Kind.STRUCTURED])
def test_seeds_differ(kind: Kind) -> None:
    assert payload(1, 4_000, kind) != payload(2, 4_000, kind)


@pytest.mark.parametrize("size", [-1, LARGEST + 1])
def test_sizes_outside_the_bounds_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a payload has"):
        payload(0, size)


def test_fill_draws_by_label() -> None:
    spec = PayloadSpec(size=100)
    assert fill(1, "a", NOTHING) == b""
    assert fill(1, "a", spec) == fill(1, "a", spec)
    assert fill(1, "a", spec) != fill(1, "b", spec)
