"""Everything a drill draws comes from here: one seed and a label give the same bytes on every machine.

A label names what is drawn, so that one more draw never moves another: that is what lets a benign
twin differ from its rigged file in one property only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_DRAW_BYTES = 16


def stream(seed: int, label: str, size: int) -> bytes:
    """Return `size` uniform bytes drawn for `label` (SHAKE-256, FIPS 202)."""
    return hashlib.shake_256(f"{seed}/{label}".encode()).digest(size)


def between(seed: int, label: str, low: int, high: int) -> int:
    """Return an integer of `low`..`high`, both included, drawn for `label`.

    Raises:
        ValueError: `high` lies below `low`.
    """
    if high < low:
        raise ValueError(f"{label}: nothing lies between {low} and {high}")
    return low + int.from_bytes(stream(seed, label, _DRAW_BYTES)) % (high - low + 1)


def pick(seed: int, label: str, choices: Sequence[T]) -> T:
    """Return one of `choices`, drawn for `label`.

    Raises:
        ValueError: `choices` is empty.
    """
    return choices[between(seed, label, 0, len(choices) - 1)]


def derive(seed: int, label: str) -> int:
    """Return a seed of its own for `label`, to hand to another writer."""
    return int.from_bytes(stream(seed, label, 8))
