"""How long a program newly waits, or no longer does, where its code says so with a constant.

`waits.long` has waits of ten minutes to a day by function and length, `waits.days` longer ones. Where they stand says nothing: every build moves code.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.rule import Inspection
from unrig.model.waits import WaitFacts
from unrig.vet.differing import keyed

DAY, WITHOUT_END = 86_400_000, 0xFFFFFFFF
LONG = 600_000
"""Milliseconds: ten minutes. Of 1,142 programs of 150 real releases for Windows (80 packages, x64 and x86), 84 have 501 waits
with a constant, 7 one of a minute or more, none one of ten minutes."""


def compare(before: WaitFacts, after: WaitFacts) -> Iterator[Difference]:
    """Yield the long waits that only one side has; nothing where one side could not be read."""
    if not (before.not_evaluated or after.not_evaluated):
        yield from keyed("waits.long", "long waits", _between(before, LONG, DAY), _between(after, LONG, DAY))
        yield from keyed(
            "waits.days", "waits of days", _between(before, DAY, WITHOUT_END), _between(after, DAY, WITHOUT_END)
        )


def _between(facts: WaitFacts, shortest: int, end: int) -> set[str]:
    found = (wait for wait in facts.waits if shortest <= wait.milliseconds < end)
    return {f"{wait.function} {said(wait.milliseconds)}" for wait in found}


def said(milliseconds: int) -> str:
    """Return a length of time as a person says it."""
    for unit, length in (("d", DAY), ("h", 3_600_000)):
        if milliseconds >= length:
            return f"{milliseconds / length:.4g} {unit}"
    return f"{milliseconds / 60_000:.4g} min"


COMPARISON = Inspection(id="waits", reads=WaitFacts, compare=compare)
