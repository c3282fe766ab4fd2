"""A part of the signature that no verifier looks at carries bytes of its own.

Sees:      inside the PKCS #7: certificates and CRLs with a field larger than X.509 gives it, on a path or not
           (whoever has an authority's name and public key can write such a certificate); unsigned attributes of
           unknown type; elements that the grammar has no place for; more spare certificates than any signer adds.
Matters:   these places are outside what is signed, inside the DER, and survive every verifier.
Blind to:  data written as short words of text; up to 12 spare certificates whose keys are the data.
False positives:  attribution certificates (Mozilla's and others' per-download tag, text): low.
Measured:  49 judging release pairs, 607 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Certificate, Nature, SignatureFacts
from unrig.vet.hidden import SMALLEST_PAYLOAD, Hidden, Weight, in_signatures, text_severity, weigh

SMALL_SIGNATURE = 4_627
"""Bytes: ML-DSA-87, FIPS 204 table 2; shorter random bytes could honestly be a signature or a key."""
LARGE_SIGNATURES = (7_856, 16_224, 17_088, 29_792, 35_664, 49_856)
"""Bytes: all that SLH-DSA has, FIPS 205 table 2. A signature has one of these lengths; a payload has any."""
WRAPPING = 64
"""Bytes of tags, lengths and an algorithm's name that may stand around a signature."""
MOST_SPARE = 12
"""Certificates: as many as the most of 1,692 real signed files carry in all; in 154 of one real wheel none is spare."""

UNREADABLE = (Nature.RANDOM, Nature.STRUCTURED)


def check(facts: SignatureFacts) -> Iterator[Hit]:
    """Yield one hit for each such part, all weighed together, and one for too many spare certificates."""
    parts = [part for part in in_signatures(facts) if part.span.length]
    weight = weigh(parts)
    size = sum(part.span.length for part in parts if part.bytes.nature in UNREADABLE)
    for part in parts:
        length, nature = part.span.length, part.bytes.nature
        yield Hit(
            what=f"{part.where} carries {length:,} bytes ({nature})",
            spans=(part.span,),
            expected="only what the signers' chains need",
            observed=f"{length:,} bytes ({nature}), {part.bytes.entropy:.2f} bits a byte",
            severity=_severity(part, weight, size),
        )
    spare = [certificate for certificate in facts.certificates if not certificate.used]
    if len(spare) > MOST_SPARE:
        yield _crowd(spare)


def _severity(part: Hidden, weight: Weight, size: int) -> Severity:
    match part.bytes.nature:
        case Nature.ZEROS:
            return Severity.LOW
        case Nature.ASCII:
            return text_severity(weight)
        case _ if weight.binary < SMALLEST_PAYLOAD:
            return Severity.LOW
        case _ if size > LARGE_SIGNATURES[-1] + WRAPPING:
            return Severity.CRITICAL
        case Nature.RANDOM if not _has_length_of_a_signature(part.span.length):
            return Severity.CRITICAL
        case _:
            return Severity.HIGH


def _has_length_of_a_signature(length: int) -> bool:
    return length <= SMALL_SIGNATURE + WRAPPING or any(n <= length <= n + WRAPPING for n in LARGE_SIGNATURES)


def _crowd(spare: list[Certificate]) -> Hit:
    size = sum(certificate.span.length for certificate in spare)
    return Hit(
        what=f"{len(spare)} certificates that no chain uses, {size:,} bytes in all",
        spans=tuple(certificate.span for certificate in spare),
        expected=f"at most {MOST_SPARE}",
        observed=str(len(spare)),
        severity=Severity.MEDIUM,
    )


RULE = Rule(
    id="signature-spare-content",
    title="Content in a part of the signature that nothing uses",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1027.009"),
    over="artifact",
    reads=(SignatureFacts,),
    check=check,
    benign="an attribution certificate with a text tag",
)
