"""Bytes stand in an archive outside everything that its directory describes.

Sees:      bytes before the first, between, and after the last structure of an archive; comments and free fields
           that hold no text; names that occur twice; members whose own header contradicts the directory.
Matters:   readers disagree about such bytes: what one tool checks is not what another installs.
Blind to:  data in registered extra fields and, as text, in comments; programs with an archive behind them.
False positives:  archives edited in place (a gap of old data), scripts with an archive behind them (text: low).
Measured:  49 judging release pairs, 93 files of its kind in 49 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.archive import ArchiveFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Bytes, Nature
from unrig.vet.hidden import TINY, Hidden, text_severity, weigh


def check(facts: ArchiveFacts) -> Iterator[Hit]:
    """Yield one hit for each unexplained stretch, double name and contradiction; stretches are weighed together."""
    stretches = tuple(_stretches(facts))
    weight = weigh(stretches)
    text = text_severity(weight)
    for stretch in stretches:
        extra = stretch.bytes
        yield Hit(
            what=f"{extra.span.length:,} bytes ({extra.nature}) stand {stretch.where} of the archive, in no structure",
            spans=(extra.span,),
            expected="none",
            observed=f"{extra.span.length:,} bytes, {extra.entropy:.2f} bits a byte",
            severity=_severity(extra, weight.binary, text),
        )
    for name in facts.duplicates:
        yield Hit(what=f"the name {name} occurs more than once", keys=(name,), expected="one", observed="several")
    for mismatch in facts.mismatches:
        yield Hit(
            what=f"header and directory disagree: {mismatch}", keys=(mismatch,), expected="the same", observed=mismatch
        )


def _stretches(facts: ArchiveFacts) -> Iterator[Hidden]:
    """Yield all unexplained bytes in the order of the file."""
    if facts.prefix is not None:
        yield Hidden(where="before the first member", bytes=facts.prefix)
    for gap in facts.gaps:
        yield Hidden(where="between structures", bytes=gap)
    if facts.trailing is not None:
        yield Hidden(where="after the end", bytes=facts.trailing)


def _severity(extra: Bytes, binary: int, text: Severity) -> Severity:
    """Return what one stretch weighs among all: a stray newline of a download page, a script, or data."""
    match extra.nature:
        case Nature.ZEROS:
            return Severity.INFO
        case Nature.ASCII:
            return Severity.INFO if extra.nonzero < TINY else text
        case _:
            return Severity.INFO if binary < TINY else Severity.MEDIUM


RULE = Rule(
    id="archive-unexplained-bytes",
    title="Bytes outside every structure of an archive",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1027.009", "T1195.002"),
    over="artifact",
    reads=(ArchiveFacts,),
    check=check,
    benign="an archive edited in place, or a script with an archive behind it",
)
