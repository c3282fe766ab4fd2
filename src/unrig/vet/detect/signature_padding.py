"""Bytes ride inside the signature table that no signature explains.

Sees:      in each WIN_CERTIFICATE entry, what stands after the DER value it holds; whole entries that
           hold no PKCS #7; bytes of the table in no entry; bytes of the file behind the table.
Matters:   Authenticode does not hash its own table, so a file stays validly signed whatever is put
           there (CVE-2013-3900; 3CX's d3dcompiler_47.dll in 2023).
Blind to:  bytes hidden inside the DER (see signature-spare-content); data written as short words of text,
           up to 64 KiB.
False positives:  installers tagged per download carry a text tag (Omaha, Dropbox): low. Remote-support
           tools have kept their configuration there, which no verifier can tell from a payload.
Measured:  49 judging release pairs, 607 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Bytes, Nature, SignatureFacts
from unrig.vet.hidden import ALIGNMENT, TINY, Weight, in_table, text_severity, weigh


def check(facts: SignatureFacts) -> Iterator[Hit]:
    """Yield one hit for each unexplained stretch; all of a file are weighed together, so splitting hides nothing."""
    stretches = [one for one in in_table(facts) if one.bytes.nonzero or one.span.length >= ALIGNMENT]
    weight = weigh(stretches)
    for one in stretches:
        extra = one.bytes
        yield Hit(
            what=f"{extra.span.length:,} bytes ({extra.nature}) ride inside {one.where}, covered by no signature",
            spans=(extra.span,),
            expected=f"fewer than {ALIGNMENT} bytes, all zero",
            observed=f"{extra.span.length:,} bytes, {extra.nonzero:,} not zero, {extra.entropy:.2f} bits a byte",
            severity=_severity(extra, weight),
        )


def _severity(extra: Bytes, weight: Weight) -> Severity:
    match extra.nature:
        case Nature.ZEROS:
            return Severity.LOW
        case Nature.ASCII:
            return text_severity(weight)
        case _:
            return Severity.MEDIUM if weight.binary < TINY else Severity.CRITICAL


RULE = Rule(
    id="signature-padding",
    title="Bytes inside the signature table that no signature explains",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1027.009"),
    over="artifact",
    reads=(SignatureFacts,),
    check=check,
    benign="an installer tagged per download, whose tag is text",
)
