"""Many numbers at once, drawn as `seeds` draws one: the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unrig.drill.build.seeds import stream

Numbers = NDArray[np.int64]


def numbers(seed: int, label: str, count: int, low: int, high: int) -> Numbers:
    """Return `count` integers of `low`..`high`, both included (by remainder: uneven by less than 2^-31).

    Raises:
        ValueError: `high` lies below `low`.
    """
    if high < low:
        raise ValueError(f"{label}: nothing lies between {low} and {high}")
    drawn = np.frombuffer(stream(seed, label, 8 * count), dtype="<u8")
    return (drawn % np.uint64(high - low + 1)).astype(np.int64) + low


def chosen(seed: int, label: str, count: int, per_hundred: int) -> NDArray[np.bool_]:
    """Return for each of `count` whether it is among so many of a hundred."""
    return numbers(seed, label, count, 0, 99) < per_hundred
