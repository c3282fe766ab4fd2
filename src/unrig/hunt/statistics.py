"""Whether two groups of devices differ by more than chance: odds ratio, Fisher's exact test, Benjamini-Hochberg.

Pure functions over counts; `math.lgamma` gives the factorials, so no statistics library is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct


class Counts(Struct, frozen=True, kw_only=True):
    """Devices of two groups, with and without something."""

    with_release: int
    """Devices with the release that have it."""
    without_it: int
    """Devices with the release that do not."""
    elsewhere: int
    """Other devices that have it."""
    neither: int


def odds_ratio(counts: Counts) -> float:
    """Return the odds ratio, half a device added to each count (Haldane), so that it is always finite."""
    a, b, c, d = (x + 0.5 for x in (counts.with_release, counts.without_it, counts.elsewhere, counts.neither))
    return a * d / (b * c)


def fisher(counts: Counts) -> float:
    """Return the one-sided p of Fisher's exact test: as many devices with the release having it, or more, by chance."""
    exposed = counts.with_release + counts.without_it
    having = counts.with_release + counts.elsewhere
    total = exposed + counts.elsewhere + counts.neither
    base = _log_choose(total, having)
    terms = (
        _log_choose(exposed, k) + _log_choose(total - exposed, having - k) - base
        for k in range(counts.with_release, min(exposed, having) + 1)
        if having - k <= total - exposed
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def adjusted(values: Sequence[float]) -> tuple[float, ...]:
    """Return the q of each p: the least false discovery rate at which it counts (Benjamini and Hochberg, 1995)."""
    order = sorted(range(len(values)), key=lambda index: values[index], reverse=True)
    found = [1.0] * len(values)
    least = 1.0
    for place, index in enumerate(order):
        least = min(least, values[index] * len(values) / (len(values) - place))
        found[index] = least
    return tuple(found)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
