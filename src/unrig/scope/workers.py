"""The one thing that scope needs of a sandbox: sealed workers that answer items. `unrig.sandbox.pool.Pool` is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from unrig.model.problem import Problem
from unrig.sandbox.call import Call, Item

A = TypeVar("A")
R = TypeVar("R")


class Workers(Protocol):
    """Whatever runs a call on items and yields (index, result or problem) in any order."""

    def map(self, call: Call[A, R], items: Sequence[Item[A]], batch: int = 16) -> Iterator[tuple[int, R | Problem]]:
        """Yield the index and the result of every item, or the problem that stands for it."""
        ...
