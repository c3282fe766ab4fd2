"""The address from which a program takes its updates is another one.

Sees:      a text file that configures an updater by its name (app-update.yml, latest.yml, RELEASES, update.json, ...)
           and names a host that the baseline's does not, or no longer one that it did.
Matters:   who owns the address of the next update owns every computer that asks it.
Blind to:  addresses inside programs, and hosts that stay while their owner changes.
False positives:  a publisher who moves to another download service.
Measured:  49 judging release pairs: 0 at medium or above, 0 below (`make base-rates`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.rule import ChangeView, Hit, Rule
from unrig.model.strings import StringFacts

UPDATER = re.compile(
    r"(dev-)?app-update\.ya?ml|latest(-\w+)*\.ya?ml|RELEASES|update(r|s)?\.(json|xml|ini|ya?ml|conf|cfg)|appcast\.xml",
    re.IGNORECASE,
)
"""electron-builder, Squirrel, Sparkle, and what others call it."""


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield one hit for an updater's configuration that names another host."""
    after = change.after
    if change.change.property != "strings.hosts" or after is None or not change.change.come:
        return
    if UPDATER.fullmatch(file_name(after.artifact.path)):
        yield Hit(
            what=f"updates come from {change.change.come[0]}, which the baseline does not name",
            keys=("strings.hosts", *change.change.come),
            expected=", ".join(change.change.gone) or "the baseline's hosts",
            observed=", ".join(change.change.come),
        )


RULE = Rule(
    id="update-address",
    title="Updates from another address",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002", "T1584.001"),
    over="change",
    families=("strings",),
    measures="rule.update-address",
    reads=(StringFacts,),
    check=check,
    benign="a publisher who moves to another download service",
)
