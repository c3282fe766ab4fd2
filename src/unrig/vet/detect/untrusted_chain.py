"""A signature's certificates lead to no trusted root, though their names say so.

Sees:      a signer's chain that ends outside Microsoft's roots and the policy's; worse where it bears the name of
           a trusted root or authority without being signed by it; certificates not meant for code signing.
Matters:   anybody can print a well-known name on a certificate; only the chain tells.
Blind to:  keys stolen from a publisher, whose chain is in order.
False positives:  test builds and in-house certificates, which bear no well-known name: low (allow them by
           `trusted_roots` in the policy).
Measured:  49 judging release pairs, 607 files of its kind in 44 of them: 0 at medium or above,
           1 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.signature import ChainStatus, SignatureFacts, TrustFacts

SEVERITIES = {
    ChainStatus.UNTRUSTED_ROOT: Severity.LOW,
    ChainStatus.INCOMPLETE: Severity.LOW,
    ChainStatus.WRONG_USAGE: Severity.MEDIUM,
    ChainStatus.INVALID: Severity.MEDIUM,
}

UNROOTED = (ChainStatus.UNTRUSTED_ROOT, ChainStatus.INCOMPLETE)


def check(facts: SignatureFacts, trust: TrustFacts) -> Iterator[Hit]:
    """Yield one hit for each signer's chain that is not trusted (expired and revoked ones are signing-time's)."""
    for chain in trust.chains:
        if chain.purpose != "code_signing" or chain.status not in SEVERITIES:
            continue
        signer = facts.signatures[chain.signature].signer
        name = signer.subject if signer else "an unnamed signer"
        claim = f", though it bears the name of {chain.impersonates}" if chain.impersonates else ""
        fault = "ends in no trusted root" if chain.status in UNROOTED else "does not hold"
        yield Hit(
            what=f"the chain of {name} {fault}{claim}",
            keys=(f"signature/{chain.signature}/chain",),
            expected="a chain to a root that Microsoft or the policy trusts",
            observed=f"{chain.status}: {chain.reason}",
            severity=Severity.HIGH if chain.impersonates else SEVERITIES[chain.status],
        )


RULE = Rule(
    id="untrusted-chain",
    title="A chain to no trusted root, though the names say so",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1036.001"),
    over="artifact",
    reads=(SignatureFacts, TrustFacts),
    check=check,
    benign="a test build, or a certificate of an in-house authority",
)
