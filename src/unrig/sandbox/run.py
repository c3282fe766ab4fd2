"""The book-keeping of one `Pool.map`: which items wait, which are with a worker, what has come back."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from unrig.model.problem import Problem
from unrig.sandbox import outcome
from unrig.sandbox.call import MAX_DESCRIPTORS, Call, Item
from unrig.sandbox.messages import Assignment, Failed

A = TypeVar("A")
R = TypeVar("R")


class Answered(Struct, Generic[R], frozen=True, kw_only=True):
    """The result of one item, or why there is none."""

    index: int
    result: R | Problem


class Batch(Struct, frozen=True, kw_only=True):
    """Items, by index, that one worker shall answer in this order."""

    items: tuple[int, ...]
    last_chance: bool = False
    """A worker has died over these before."""


class Run(Generic[A, R]):
    """One call over many items. Every index is answered exactly once."""

    def __init__(self, call: Call[A, R], items: Sequence[Item[A]], batch: int) -> None:
        self.call = call
        self.answers: deque[Answered[R]] = deque()
        self.waiting: deque[Batch] = deque(
            Batch(items=tuple(range(start, min(start + batch, len(items))))) for start in range(0, len(items), batch)
        )
        self.unanswered = len(items)
        self._items = items
        self._results = msgspec.msgpack.Decoder(call.result)

    def assignment(self, index: int) -> bytes:
        """Return the message that gives a worker this item; raise TypeError if it is not what the call takes."""
        argument = self._items[index].argument
        if not isinstance(argument, self.call.argument):
            raise TypeError(f"{self.call.function} takes {self.call.argument.__name__}, not {type(argument).__name__}")
        return msgspec.msgpack.encode(Assignment(index=index, argument=Raw(msgspec.msgpack.encode(argument))))

    def descriptors(self, index: int) -> tuple[int, ...]:
        """Return the item's open files; raise ValueError if they are too many for one message."""
        descriptors = self._items[index].descriptors
        if len(descriptors) > MAX_DESCRIPTORS:
            raise ValueError(f"{len(descriptors)} descriptors in one item, at most {MAX_DESCRIPTORS} can be passed")
        return descriptors

    def succeed(self, index: int, value: Raw) -> None:
        """Take a result; raise what msgspec raises if it is not of the call's type."""
        self._answer(index, self._results.decode(value))

    def fail(self, index: int, failed: Failed) -> None:
        """Take an exception of the worker."""
        self._answer(index, outcome.of_failure(self.call, self._items[index], index, failed))

    def lose(self, batch: Batch, unanswered: Sequence[int], observed: str) -> None:
        """Take the death of a worker: each item it left goes to a worker of its own, once."""
        if batch.last_chance:
            for index in unanswered:
                self._answer(index, outcome.of_death(self.call, self._items[index], index, observed))
        else:
            self.waiting.extendleft(Batch(items=(index,), last_chance=True) for index in reversed(unanswered))

    def _answer(self, index: int, result: Any) -> None:
        self.answers.append(Answered(index=index, result=result))
        self.unanswered -= 1
