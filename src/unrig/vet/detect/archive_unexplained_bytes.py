"""Bytes stand in an archive outside everything that its directory describes.

Sees:      bytes before the first, between, and after the last structure of an archive; names that occur twice;
           members whose own header contradicts the directory.
Matters:   readers disagree about such bytes: what one tool checks is not what another installs.
Blind to:  data in extra fields and comments that the format allows.
False positives:  self-extracting archives (a program in front), archives edited in place (a gap of old data).
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.archive import ArchiveFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Bytes, Nature

FEW = 16
"""Bytes: alignment and the stray newline of a download page are shorter."""


def check(facts: ArchiveFacts) -> Iterator[Hit]:
    """Yield one hit for each unexplained stretch, double name and contradiction."""
    stretches = [("before the first member", facts.prefix), *(("between members", gap) for gap in facts.gaps)]
    stretches.append(("after the end", facts.trailing))
    for where, extra in stretches:
        if extra is not None:
            yield Hit(
                what=f"{extra.span.length:,} bytes ({extra.nature}) stand {where} of the archive, in no structure",
                spans=(extra.span,),
                expected="none",
                observed=f"{extra.span.length:,} bytes, {extra.entropy:.2f} bits a byte",
                severity=_severity(extra),
            )
    for name in facts.duplicates:
        yield Hit(what=f"the name {name} occurs more than once", keys=(name,), expected="one", observed="several")
    for mismatch in facts.mismatches:
        yield Hit(
            what=f"header and directory disagree: {mismatch}", keys=(mismatch,), expected="the same", observed=mismatch
        )


def _severity(extra: Bytes) -> Severity:
    if extra.nature is Nature.ZEROS or extra.span.length < FEW:
        return Severity.INFO
    return Severity.LOW if extra.nature is Nature.ASCII else Severity.MEDIUM


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
    benign="a self-extracting archive, or one edited in place",
)
