"""How many members one worker takes, and which: every worker reads the container's directory anew.

The 1,569 members of the PyQt5_Qt5 wheel take 98 workers of 16 members, of which most time goes into the directory;
in two for each processor it is a small part, and a worker that dies still costs only its own members a second try.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from unrig.sandbox.pool import usable_processors

T = TypeVar("T")
SMALLEST = 16
LARGEST = 512
WORKERS_EACH = 2
"""Workers for each processor, so that the last one does not keep the others waiting long."""


def fair_batch(count: int) -> int:
    """Return how many of `count` members one worker takes."""
    return max(SMALLEST, min(LARGEST, -(-count // (WORKERS_EACH * usable_processors()))))


def dealt(sorted_items: Sequence[T], batch: int) -> list[T]:
    """Deal items out like cards, so that each run of `batch` has its share of large and small ones."""
    hands = -(-len(sorted_items) // batch) if sorted_items else 0
    return [item for hand in range(hands) for item in sorted_items[hand::hands]]
