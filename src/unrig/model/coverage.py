"""How much of a release was looked at."""

from __future__ import annotations

from msgspec import Struct


class Coverage(Struct, frozen=True, kw_only=True):
    """Bytes seen and accounted for; `unopened` is what makes a result incomplete."""

    bytes: int
    """Of all artifacts, unpacked."""
    accounted: int
    """Of those whose format was recognised and read."""
    opaque: tuple[str, ...] = ()
    """Paths of unknown leaves: looked at as bytes only."""
    gaps: tuple[str, ...] = ()
    """Ranges that no structure explains, as `path: offset+length`."""
    unopened: tuple[str, ...] = ()
    """Recognised containers that were not opened, readers that failed, budgets spent: each as `path: reason`."""


class NotEvaluated(Struct, frozen=True, kw_only=True):
    """A rule or analytic that had nothing to judge by."""

    rule: str
    reason: str
