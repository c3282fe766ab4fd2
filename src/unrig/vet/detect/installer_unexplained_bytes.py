"""An installer database holds bytes that no table, stream or signature of it explains.

Sees:      bytes behind the last sector of an MSI, MSP or MST; sectors that no chain has and that are not empty;
           streams that no storage lists. What stands behind is told by its structure: an archive or program is one.
Matters:   a signed MSI with 64 KiB appended passes its signature check, since the digest is over streams alone; with
           a JAR appended Java runs it as one (CVE-2020-1464).
Blind to:  data inside streams, and in the rest of their last sectors (writers leave old bytes there). The
           signature and what rides with it are those of signature-padding, digest-mismatch and their like.
False positives:  bootstrappers that append their settings as text to an MSI: low.
Measured:  49 judging release pairs, 2 files of its kind in 2 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.msi import MsiFacts
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Bytes, Nature

SECTOR = 512
"""Bytes of the smallest sector ([MS-CFB] 2.2): less than one can be what a writer left over."""


def check(facts: MsiFacts) -> Iterator[Hit]:
    """Yield one hit for each stretch and unlisted stream."""
    if facts.trailing is not None:
        yield _behind(facts.trailing, facts.trailing_looks_like)
    for extra in facts.unused:
        yield _hit("stand in sectors that no stream has", extra, Severity.MEDIUM)
    for stream in facts.streams:
        if not stream.linked:
            yield Hit(
                what=f"the stream {stream.path} of {stream.size:,} bytes is in no storage, so nobody who lists the file sees it",
                keys=(stream.path,),
                expected="every stream in a storage",
                observed="in none",
                severity=Severity.MEDIUM,
            )


def _behind(extra: Bytes, looks_like: str) -> Hit:
    """Return the hit for bytes behind the last sector; a file there is one whatever its bytes look like."""
    hit = _hit("stand behind the last sector", extra, Severity.HIGH)
    if not looks_like:
        return hit
    what = f"{extra.span.length:,} bytes ({looks_like}) stand behind the last sector"
    return msgspec.structs.replace(hit, what=what, severity=Severity.HIGH)


def _hit(where: str, extra: Bytes, worst: Severity) -> Hit:
    return Hit(
        what=f"{extra.span.length:,} bytes ({extra.nature}) {where}",
        spans=(extra.span,),
        expected="none",
        observed=f"{extra.span.length:,} bytes, {extra.entropy:.2f} bits a byte",
        severity=_severity(extra, worst),
    )


def _severity(extra: Bytes, worst: Severity) -> Severity:
    if extra.nature is Nature.ZEROS:
        return Severity.INFO
    if extra.nature is Nature.ASCII or extra.span.length < SECTOR:
        return Severity.LOW
    return worst


RULE = Rule(
    id="installer-unexplained-bytes",
    title="Bytes of an installer that nothing in it explains",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1553.002", "T1027.009"),
    over="artifact",
    reads=(MsiFacts,),
    check=check,
    benign="a bootstrapper that appends its settings as text",
)
