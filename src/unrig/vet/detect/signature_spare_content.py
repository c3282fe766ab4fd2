"""A certificate, revocation list or attribute that no chain uses carries bytes of its own.

Sees:      certificates and CRLs inside the PKCS #7 on no path of any signer or time stamp, and unsigned
           attributes of unknown type, with content that is neither text nor what X.509 asks for.
Matters:   these places are outside what is signed, inside the DER, and survive every verifier.
Blind to:  payloads in certificates that a chain does use; data written as text.
False positives:  attribution certificates (Mozilla's and others' per-download tag, text): low.
Measured:  not yet measured
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.place import Span
from unrig.model.rule import Hit, Rule
from unrig.model.signature import Nature, SignatureFacts

LARGEST_SIGNATURE = 49_856
"""Bytes: SLH-DSA-SHA2-256f, FIPS 205 table 2, the largest signature a certificate could honestly hold."""
SMALLEST_PAYLOAD = 512
"""Bytes: an RSA-4096 signature; below it, random bytes in a spare certificate are most likely its key or signature."""


def check(facts: SignatureFacts) -> Iterator[Hit]:
    """Yield one hit for each spare thing with content of its own."""
    for certificate in facts.certificates:
        odd = certificate.odd_bytes
        if not certificate.used and odd is not None:
            yield _hit(f"a certificate that no chain uses ({certificate.subject})", odd.span, odd.nature)
    for revocations in facts.revocation_lists:
        if not revocations.used:
            what = f"a revocation list that concerns no certificate here ({revocations.issuer})"
            yield _hit(what, revocations.span, revocations.nature)
    for signature in facts.signatures:
        for attribute in signature.attributes:
            if not attribute.signed and not attribute.known:
                yield _hit(f"an unsigned attribute of unknown type {attribute.oid}", attribute.span, attribute.nature)


def _hit(what: str, span: Span, nature: Nature) -> Hit:
    return Hit(
        what=f"{what} carries {span.length:,} bytes ({nature})",
        spans=(span,),
        expected="only what the signers' chains need",
        observed=f"{span.length:,} bytes ({nature})",
        severity=_severity(span.length, nature),
    )


def _severity(length: int, nature: Nature) -> Severity:
    if nature in (Nature.ZEROS, Nature.ASCII) or length < SMALLEST_PAYLOAD:
        return Severity.LOW
    return Severity.CRITICAL if length > LARGEST_SIGNATURE else Severity.HIGH


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
