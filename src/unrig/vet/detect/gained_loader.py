"""A library that now reads a file and makes memory executable, and did not before.

Sees:      a library in which one function does both since the baseline (high), or which has imported what makes
           memory executable since the baseline and can read files (low: no function is known to do both).
Matters:   that is how code that hides in another file gets to run (3CX ffmpeg.dll); a codec or a user interface needs
           neither together.
Blind to:  functions found at run time by their hash; libraries that could do both already.
False positives:  a library that learned to compile at run time (a script engine, a regular expression), or that was
           linked with a run-time library which does both.
Measured:  49 judging release pairs: 0 at medium or above, 1 below (`make base-rates`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.behaviour import MAKES_EXECUTABLE, READS_FILE, behaviours
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView, ChangeView, Hit, Rule


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield one hit for a function that does both (high), or for imports that newly allow it (low)."""
    if change.after is None or change.before is None or not _is_library(change.after):
        return
    gained = change.change.come
    match change.change.property:
        case "functions.behaviour":
            both = [acts for acts in gained if READS_FILE in acts and MAKES_EXECUTABLE in acts]
            for acts in both[:1]:
                yield _hit(f"one function {acts}, which none did in the baseline", "functions.behaviour", Severity.HIGH)
        case "imports.behaviour":
            if MAKES_EXECUTABLE in gained and READS_FILE in _can(change.after):
                what = "imports let it make memory executable, which they did not in the baseline, and read files"
                yield _hit(what, "imports.behaviour", Severity.LOW)


def _hit(what: str, key: str, severity: Severity) -> Hit:
    return Hit(what=what, keys=(key,), expected="what the baseline could do", observed=what, severity=severity)


def _is_library(view: ArtifactView) -> bool:
    facts = view.facts.get(PeFacts)
    return isinstance(facts, PeFacts) and facts.is_dll


def _can(view: ArtifactView) -> frozenset[str]:
    facts = view.facts.get(PeFacts)
    imports = facts.imports if isinstance(facts, PeFacts) else ()
    return behaviours(name for each in imports for name in each.functions)


RULE = Rule(
    id="gained-loader",
    title="A library gained what running hidden code takes",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002", "T1620"),
    over="change",
    families=("functions", "imports"),
    measures="rule.gained-loader",
    reads=(PeFacts,),
    check=check,
    benign="a library that learned to compile at run time",
)
