"""What the parent asks of a sealed worker: a call, its items and the budgets."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import Struct

A = TypeVar("A")
R = TypeVar("R")

MAX_DESCRIPTORS = 250
"""Descriptors one item may carry; Linux passes at most 253 in one message (unix(7), SCM_RIGHTS)."""


class Limits(Struct, frozen=True, kw_only=True):
    """Budgets of one worker. Each counts from the fork, so what the fork server has loaded costs nothing."""

    memory_bytes: int = 1 << 30
    """Address space on top of what the fork server has mapped."""
    cpu_seconds: int = 60
    """CPU time of one item; four times as much wall-clock time kills a worker that hangs without using any."""
    file_bytes: int = 1 << 30
    """Size up to which a descriptor handed over for writing may be filled."""
    result_bytes: int = 64 << 20
    """Size of one encoded result."""


class Call(Struct, Generic[A, R], frozen=True, kw_only=True):
    """A function that workers run, named and not sent, with the types that go in and come out.

    The function is `def f(argument: A, descriptors: tuple[int, ...]) -> R`, at the top level of a
    module of the pool's preload list. It imports nothing and opens nothing: what it needs is
    loaded by then, and its files come as descriptors, which the worker closes afterwards.
    """

    function: str
    """`module:function`, such as `unrig.vet.reading:read_members`."""
    argument: type[A]
    result: type[R]
    """The parent decodes what a worker sends into exactly this type, or refuses it."""


class Item(Struct, Generic[A], frozen=True, kw_only=True):
    """One piece of work: the argument, and the open files it speaks of."""

    argument: A
    descriptors: tuple[int, ...] = ()
    """The parent's own descriptors, which it keeps; the worker gets copies under other numbers, in this order."""
    where: str = ""
    """What a person calls the thing (its path in the release): becomes `Problem.where`."""
