"""How much a drift finding weighs: how much more often tampered releases show it than innocent updates do.

The weight of a rule is a likelihood ratio, made by `make base-rates` from two small samples (`unrig.data.base_rates`).
It bounds how loud the rule may be, by Jeffreys' scale of evidence (Theory of Probability, appendix B): below half a
power of ten it is barely worth a mention, from a whole one on strong. Several together weigh the product of those that
rest on different things.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from unrig.data.base_rates import BaseRateRow, base_rates
from unrig.model.finding import BaseRate, Finding
from unrig.model.levels import Severity, severity_rank

SUBSTANTIAL, STRONG = math.sqrt(10), 10.0
MOST = 1_000.0
"""What several weigh together at most: the samples are too small to carry more, and nobody knows how independent they
are."""

WORTH_ADDING = severity_rank(Severity.MEDIUM)
"""Findings below do not add up: their rule says itself that little speaks for them."""


def loudest(row: BaseRateRow | None) -> Severity:
    """Return the severity that a finding may have by its weight; where nothing was measured, its rule decides."""
    if row is None or not row.weight:
        return Severity.CRITICAL
    if row.weight >= STRONG:
        return Severity.HIGH
    return Severity.MEDIUM if row.weight >= SUBSTANTIAL else Severity.LOW


def base_rate(row: BaseRateRow | None) -> BaseRate | None:
    """Return what a finding says of its row."""
    if row is None:
        return None
    return BaseRate(
        property=row.property,
        hits=row.hits,
        of=row.of,
        corpus=row.corpus,
        low=row.low,
        high=row.high,
        weight=row.weight,
        weight_low=row.weight_low,
        weight_high=row.weight_high,
        tampered_hits=row.tampered_hits,
        tampered_of=row.tampered_of,
    )


def together(findings: Iterable[Finding]) -> str:
    """Return a sentence on what several kinds of drift weigh together; empty where there are not two.

    Of findings that rest on the same kind of thing (`group`) only the weightiest counts.
    """
    best: dict[str, tuple[float, str]] = {}
    for finding in findings:
        row = base_rates().get(finding.base_rate.property) if finding.base_rate else None
        if row is not None and row.weight > 1 and severity_rank(finding.severity) >= WORTH_ADDING:
            best[row.group] = max(best.get(row.group, (0.0, "")), (row.weight, finding.rule))
    if len(best) < 2:
        return ""
    total = min(math.prod(weight for weight, _ in best.values()), MOST)
    named = ", ".join(sorted(f"{rule} ({weight:.1f})" for weight, rule in best.values()))
    more = " or more" if total == MOST else ""
    return f"{len(best)} kinds of drift come together: {named}; if they are independent they weigh {total:,.0f}{more}"
