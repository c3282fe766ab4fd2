"""Bytes ride inside the signature table that no signature explains.

Sees:      in each WIN_CERTIFICATE entry, what stands after the DER value it holds; whole entries that
           hold no PKCS #7; bytes of the table in no entry; bytes of the file behind the table.
Matters:   Authenticode does not hash its own table, so a file stays validly signed whatever is put
           there (CVE-2013-3900; 3CX's d3dcompiler_47.dll in 2023).
Blind to:  bytes hidden inside the DER (see signature-spare-content), text that hides data as words.
False positives:  installers tagged per download carry a text tag of up to 64 KiB (Omaha, Dropbox): low.
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Bytes, Nature, SignatureFacts

ALIGNMENT = 8
"""PE specification, attribute certificate table: entries are padded to 8 bytes."""
LONGEST_TAG = 0xFFFF
"""Omaha's tag format gives its length in 16 bits; no tag format found is longer."""
ENCODED_ENTROPY = 5.8
"""Bits a byte: Base64 of random data has 6.0, key=value text of the same length below 5.3."""
SHORTEST_ENCODED = 1024
"""Below this, text has too few characters for its entropy to tell Base64 from words."""
TINY = 16
"""Nonzero bytes: fewer hold no key, address or code, so they are a defect of a signing tool more often than a hiding place."""


def check(facts: SignatureFacts) -> Iterator[Hit]:
    """Yield one hit for each unexplained stretch; all stretches of a file are weighed together, so splitting hides nothing."""
    stretches = [extra for extra in _unexplained(facts) if extra.nonzero or extra.span.length >= ALIGNMENT]
    hidden = sum(extra.nonzero for extra in stretches if extra.nature is not Nature.ASCII)
    for extra in stretches:
        yield Hit(
            what=f"{extra.span.length:,} bytes ({extra.nature}) ride inside the signature table, covered by no signature",
            spans=(extra.span,),
            expected=f"fewer than {ALIGNMENT} bytes, all zero",
            observed=f"{extra.span.length:,} bytes, {extra.nonzero:,} not zero, {extra.entropy:.2f} bits a byte",
            severity=_severity(extra, hidden),
        )


def _unexplained(facts: SignatureFacts) -> Iterator[Bytes]:
    for entry in facts.entries:
        if entry.unexplained is not None:
            yield entry.unexplained
    for extra in (facts.between, facts.after):
        if extra is not None:
            yield extra


def _severity(extra: Bytes, hidden: int) -> Severity:
    match extra.nature:
        case Nature.ZEROS:
            return Severity.LOW
        case Nature.ASCII if extra.span.length > LONGEST_TAG:
            return Severity.HIGH
        case Nature.ASCII if extra.span.length >= SHORTEST_ENCODED and extra.entropy >= ENCODED_ENTROPY:
            return Severity.MEDIUM
        case Nature.ASCII:
            return Severity.LOW
        case _:
            return Severity.MEDIUM if hidden < TINY else Severity.CRITICAL


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
