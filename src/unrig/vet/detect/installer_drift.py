"""An installer runs, starts or registers what its predecessor did not.

Sees:      custom actions that run code, services and programs started by themselves which the baseline's installer
           does not have; another manufacturer or signer.
Matters:   an installer runs with all rights; one more action is one more program that runs as the system.
Blind to:  an action that keeps its name and source, and whose stream is another one: the file itself shows that.
False positives:  a product that gains a service, or whose packaging tool is new: an action that only sets a property
           is none.
Measured:  49 judging release pairs, 2 files of its kind in 2 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.msi import MsiFacts
from unrig.model.rule import ChangeView, Hit, Rule

WATCHED = {
    "installer.services": "service",
    "installer.autoruns": "program started by itself",
    "installer.actions": "custom action",
    "installer.manufacturer": "manufacturer",
    "installer.signer": "signer",
}
RUNS_CODE = frozenset({"dll", "exe", "jscript", "vbscript", "install"})


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield one hit for each kind of row that is new and makes something run, or says who made it."""
    noun = WATCHED.get(change.change.property)
    come = _running(change) if change.change.property == "installer.actions" else change.change.come
    if noun and come and (change.change.gone or change.change.property != "installer.signer"):
        yield Hit(
            what=f"{len(come)} {noun} that the baseline does not have: {come[0]}",
            keys=(change.change.property, *come),
            expected=", ".join(change.change.gone[:3]) or "none",
            observed=", ".join(come[:3]),
        )


def _running(change: ChangeView) -> tuple[str, ...]:
    """Return the new actions that run code, by what the installer says of them."""
    facts = change.after.facts.get(MsiFacts) if change.after else None
    kinds = {each.name: each.kind for each in facts.actions} if isinstance(facts, MsiFacts) else {}
    return tuple(key for key in change.change.come if kinds.get(key.partition(": ")[0]) in RUNS_CODE)


RULE = Rule(
    id="installer-drift",
    title="An installer that newly runs or starts something",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.NURSERY,
    techniques=("T1218.007", "T1543.003", "T1547.001"),
    over="change",
    families=("installer",),
    reads=(MsiFacts,),
    check=check,
    benign="a product that gains a service",
)
