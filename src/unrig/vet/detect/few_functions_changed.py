"""A few functions changed in a signed program, among them one that runs before all others.

Sees:      a signed program of which few functions (at most 50) are not those of the baseline, while code that runs
           before the program's own did change: the entry point, a TLS callback, what they call. High where that start
           calls more than it did, and at most one function in 10 is another; medium where it is only another, and at
           most one in 25 is.
Matters:   who puts something into a finished build changes as little as possible, and the start of the run-time
           library is called whatever the program does (CCleaner 5.33: two functions, and a signature of the publisher).
Blind to:  a change hooked into the program's own functions; programs whose functions cannot be told (.NET, 32-bit ARM).
False positives:  a repaired build of the same day that links another run-time library and changes nothing else.
Measured:  49 judging release pairs: 0 at medium or above, 0 below (`make base-rates`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ChangeView, Hit, Rule
from unrig.model.signature import SignatureFacts

ENOUGH = 100
"""Functions below which a few are many: of a small helper any change is a large part."""
MOST = 50
"""Functions that are not the baseline's.

In the half of 85 real release pairs that sets thresholds, 77 programs of at least 100 functions had another start; in
each at least 72 functions and 5.1 % of all were not the baseline's, in those whose start called more at least 195
and 10.2 % (`make base-rates` compares them).
"""
SHARE_GAINED, SHARE_CHANGED = 10, 25
"""At most one function in so many, where the start calls more than it did, and where it is only another."""


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield one hit for a signed program with few other functions and another start."""
    counts = change.change.counts
    if change.change.property != "functions.start" or counts is None or not _signed(change):
        return
    other = counts.changed + max(counts.come, counts.gone)
    gained = len(change.change.come) > len(change.change.gone)
    share = SHARE_GAINED if gained else SHARE_CHANGED
    if counts.before < ENOUGH or other > min(MOST, max(2, counts.before // share)):
        return
    how = "calls more than it did" if gained else "is another"
    yield Hit(
        what=f"{other} of {counts.after:,} functions are not the baseline's, and what runs first {how}",
        keys=("functions.start", *change.change.come),
        expected="a start that is the baseline's, or a release in which more has changed",
        observed=f"{counts.changed} changed, {counts.come} new, {counts.gone} gone",
        severity=Severity.HIGH if gained else Severity.MEDIUM,
    )


def _signed(change: ChangeView) -> bool:
    facts = change.after.facts.get(SignatureFacts) if change.after else None
    return isinstance(facts, SignatureFacts) and bool(facts.signatures)


RULE = Rule(
    id="few-functions-changed",
    title="A signed program in which little but the start changed",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002", "T1554"),
    over="change",
    families=("functions",),
    measures="rule.few-functions-changed",
    reads=(SignatureFacts,),
    check=check,
    benign="a rebuild with another run-time library",
)
