"""One question to one worker."""

from __future__ import annotations

from typing import TypeVar

from unrig.model.problem import Problem
from unrig.sandbox.call import Call, Item
from unrig.sandbox.pool import Pool

A = TypeVar("A")
R = TypeVar("R")


def ask(pool: Pool, call: Call[A, R], item: Item[A]) -> R | Problem:
    """Return the result of one item, or the problem that stands for it."""
    ((_index, answer),) = pool.map(call, [item])
    return answer
