"""A program stands inside a program or data file, in the open or masked.

Sees:      programs in resources, behind the sections or in the data of another file; programs and addresses under
           exclusive or with one byte, with the byte before, or with a key of up to 16 bytes; programs in Base64 or hex.
Matters:   a loader that carries its payload has it somewhere; masking it serves no purpose but not to be found.
Blind to:  encryption, other masks, programs without the stub's text, addresses under keys of several bytes; keys of
           several bytes in sections that cannot be written to or behind the first MiB of a range.
False positives:  installers and libraries that bring a helper in the open: info (4 of 86 real releases); masked ones
           were in none.
Measured:  49 judging release pairs, 755 files of its kind in 49 of them: 0 at medium or above,
           2 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.blobs import BlobFacts, EncodedRun, Masked
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule

PROGRAMS = frozenset({"pe", "elf", "macho"})


def check(facts: BlobFacts) -> Iterator[Hit]:
    """Yield one hit for each embedded program and each masked text."""
    for one in facts.embedded:
        yield Hit(
            what=f"a program ({one.format}) stands in {one.where}",
            spans=(one.span,),
            expected="none",
            observed=f"{one.format} at {one.span.offset:#x}",
            severity=Severity.INFO,
        )
    for masked in facts.masked:
        yield _masked(masked)
    for run in facts.encoded:
        if run.decoded_as in PROGRAMS:
            yield _encoded(run)


def _masked(masked: Masked) -> Hit:
    what = "the stub of a program" if masked.what == "program" else f"the address {masked.text}"
    key = f", key {masked.key}" if masked.key else ""
    return Hit(
        what=f"{what} stands there masked by exclusive or ({masked.method}{key})",
        spans=(masked.span,),
        expected="none",
        observed=masked.text,
        severity=Severity.HIGH if masked.what == "program" else Severity.MEDIUM,
    )


def _encoded(run: EncodedRun) -> Hit:
    return Hit(
        what=f"a program ({run.decoded_as}) stands in {run.where} as {run.encoding}",
        spans=(run.span,),
        expected="none",
        observed=f"{run.span.length:,} digits",
        severity=Severity.MEDIUM,
    )


RULE = Rule(
    id="embedded-executable",
    title="A program inside another file",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1027.009", "T1027.013"),
    over="artifact",
    reads=(BlobFacts,),
    check=check,
    benign="an installer or library that brings a helper",
)
