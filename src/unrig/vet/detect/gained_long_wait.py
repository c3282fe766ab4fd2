"""A program waits for ten minutes or more, which it did not in the baseline.

Sees:      a call of Sleep, SleepEx or a wait for an object with a constant time of ten minutes or more (low) or of a day
           or more (medium), in a program of which the baseline has no such call of that length.
Matters:   what is to be overlooked does nothing for a while after it is installed: 3CX's implant slept for a week or more,
           and a sandbox watches for minutes.
Blind to:  lengths worked out at run time, many short waits in a loop, timers and the task scheduler; programs without a
           baseline; .NET, ARM, programs for other systems.
False positives:  services that look for updates once an hour. An ability, never proof.
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import ChangeView, Hit, Rule

SEVERITIES = {"waits.long": Severity.LOW, "waits.days": Severity.MEDIUM}
"""By what was compared. Of 1,142 programs of real releases none waits for ten minutes (see the comparison `waits`)."""


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield one hit for the long waits that a program gained."""
    severity = SEVERITIES.get(change.change.property)
    if severity is None or not change.change.come:
        return
    yield Hit(
        what=f"it newly waits for long ({', '.join(change.change.come[:3])})",
        keys=tuple(f"wait/{wait}" for wait in change.change.come),
        expected=", ".join(change.change.gone[:3]) or "no wait of ten minutes, as in the baseline",
        observed=", ".join(change.change.come[:3]),
        severity=severity,
    )


RULE = Rule(
    id="gained-long-wait",
    title="A program that newly waits for long",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1678",),
    over="change",
    families=("waits",),
    reads=(PeFacts,),
    check=check,
    benign="a service that looks for updates once an hour",
)
