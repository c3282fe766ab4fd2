"""A signature does not fit the file it stands in.

Sees:      an Authenticode digest, page hash or signer's signature that does not hold when recomputed.
Matters:   the file was changed after it was signed, in bytes that the signature covers.
Blind to:  changes in what no digest covers (see signature-padding), files signed again after the change.
False positives:  tools that touch a file after signing (strip, editbin, resource editors) in a careless build.
Measured:  49 judging release pairs, 607 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import SignatureFacts


def check(facts: SignatureFacts) -> Iterator[Hit]:
    """Yield one hit for each digest or signature that does not hold."""
    for number, signature in enumerate(facts.signatures):
        name = f"signature {number + 1} ({signature.signer.subject if signature.signer else 'no signer'})"
        if signature.digest_computed and signature.digest_declared != signature.digest_computed:
            yield Hit(
                what=f"{name} is for other content than this file's",
                keys=(f"signature/{number}/digest",),
                expected=f"{signature.algorithm} {signature.digest_declared}",
                observed=signature.digest_computed,
            )
        elif not signature.signature_valid:
            yield Hit(
                what=f"{name} does not verify: {signature.failure}",
                keys=(f"signature/{number}/signature",),
                expected="a signature made by the signer's key",
                observed=signature.failure,
            )
        if signature.page_hashes is not None and not signature.page_hashes.matches:
            yield Hit(
                what=f"{name} has page hashes that do not fit this file's pages",
                keys=(f"signature/{number}/page-hashes",),
                expected=f"{signature.page_hashes.pages} pages as hashed",
                observed="at least one differs",
            )


RULE = Rule(
    id="digest-mismatch",
    title="A signature that does not fit its file",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    techniques=("T1553.002",),
    over="artifact",
    reads=(SignatureFacts,),
    check=check,
    benign="a file stripped or edited after signing by a careless build",
)
