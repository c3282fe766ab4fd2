"""Facts about how long a program waits, where its code says so."""

from __future__ import annotations

from msgspec import Struct


class Wait(Struct, frozen=True, array_like=True):
    """One call that waits a constant time."""

    address: int
    """Of the call, relative to the image base."""
    function: str
    milliseconds: int


class WaitFacts(Struct, frozen=True, kw_only=True):
    """The longest constant waits of one program."""

    waits: tuple[Wait, ...] = ()
    """Those of a minute or more, by address."""
    not_evaluated: str = ""
    """Why there are none; empty where there are, or could have been."""
