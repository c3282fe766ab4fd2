"""What unpacking may use up: members, bytes, levels. Bombs end here, by count and not by ratio.

Ratios prove nothing: a log of 1 GiB packs a thousandfold. What counts is what is really read.
"""

from __future__ import annotations

from msgspec import Struct, field

from unrig.model.errors import LimitError


class Limits(Struct, frozen=True, kw_only=True):
    """The most that one release may ask for."""

    depth: int = 16
    """Containers within each other. An Electron installer needs five (exe, nupkg, asar, tgz, tar)."""
    members: int = 200_000
    """Of one container, and of all together. Large real archives (SDKs, browsers) stay below 100,000."""
    member_bytes: int = 4 << 30
    """Of one member. What a zip without zip64 can hold; release files beyond it are disk images."""
    total_bytes: int = 16 << 30
    """Of all members read: 100 times a large desktop release (105 MB inflated: the PyQt5-Qt5 wheel)."""


class Spent(Struct, kw_only=True):
    """The counters, shared by all levels of one release: the one thing here that changes."""

    members: int = 0
    bytes: int = 0


class Budget(Struct, frozen=True, kw_only=True):
    """Limits, what is spent of them, and how deep one stands."""

    limits: Limits = Limits()
    spent: Spent = field(default_factory=Spent)
    depth: int = 0


def deeper(budget: Budget, where: str) -> Budget:
    """Return the budget of the containers inside, with the same counters. Raises LimitError at the last level."""
    if budget.depth >= budget.limits.depth:
        raise LimitError(where, f"{budget.limits.depth} containers within each other", "one more")
    return Budget(limits=budget.limits, spent=budget.spent, depth=budget.depth + 1)


def take_member(budget: Budget, where: str) -> None:
    """Count one member. Raises LimitError where it is one too many."""
    if budget.spent.members >= budget.limits.members:
        raise LimitError(where, f"{budget.limits.members:,} members", "one more")
    budget.spent.members += 1


def take_bytes(budget: Budget, where: str, count: int, of_member: int) -> None:
    """Count bytes that were read; `of_member` is how many its member has given by now, these included.

    Raises LimitError where either is too many.
    """
    budget.spent.bytes += count
    if of_member > budget.limits.member_bytes:
        raise LimitError(where, f"{budget.limits.member_bytes:,} bytes a member", f"{of_member:,} and more")
    if budget.spent.bytes > budget.limits.total_bytes:
        raise LimitError(where, f"{budget.limits.total_bytes:,} bytes in all", f"{budget.spent.bytes:,} and more")
