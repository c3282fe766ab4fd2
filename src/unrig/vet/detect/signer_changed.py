"""A file that was signed no longer is, or is signed by somebody else.

Sees:      files at the same path in the baseline and here: the signature gone, its chain no longer trusted, or its
           organisation another.
Matters:   who swaps a file seldom has its publisher's key, and can print the publisher's name on a key of his own.
Blind to:  files signed with the publisher's own key (3CX); a rotated certificate of the same organisation
           is nothing: leaf certificates rotate in 48 % of real release pairs.
False positives:  a company renamed or bought, a component from another supplier: 2 % of real release pairs.
Measured:  49 judging release pairs, 607 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.publisher import organisation_of
from unrig.model.rule import ArtifactView, ChangeView, Hit, Rule
from unrig.model.signature import ChainStatus, SignatureFacts, TrustFacts

UNTRUSTED = (ChainStatus.UNTRUSTED_ROOT, ChainStatus.INCOMPLETE, ChainStatus.WRONG_USAGE, ChainStatus.INVALID)
"""A chain that held at no time; an expired or revoked one is for signing-time."""


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield a hit where a signature or its trust vanished (high) or its organisation changed (medium)."""
    if change.before is None or change.after is None:
        return
    before, after = _publisher(change.before), _publisher(change.after)
    if not before:
        return
    if not after:
        yield _hit(f"was signed by {before}, is unsigned now", before, "no signature", Severity.HIGH)
    elif _status(change.before) is ChainStatus.TRUSTED and (now := _status(change.after)) in UNTRUSTED:
        what = f"was signed by {before} with a trusted chain, is now signed by {after} without one"
        yield _hit(what, f"{before}, trusted", f"{after}, {now}", Severity.HIGH)
    elif before.casefold() != after.casefold():
        yield _hit(f"was signed by {before}, is now signed by {after}", before, after, Severity.MEDIUM)


def _hit(what: str, expected: str, observed: str, severity: Severity) -> Hit:
    return Hit(what=what, keys=("signer",), expected=expected, observed=observed, severity=severity)


def _publisher(view: ArtifactView) -> str:
    """Return the organisation (or common name) of the outer signer; empty where the file is unsigned."""
    facts = view.facts.get(SignatureFacts)
    if not isinstance(facts, SignatureFacts) or not facts.signatures or facts.signatures[0].signer is None:
        return ""
    return organisation_of(facts.signatures[0].signer.subject)


def _status(view: ArtifactView) -> ChainStatus | None:
    """Return how the outer signer's chain stands; None where it was not judged."""
    trust = view.facts.get(TrustFacts)
    chains = trust.chains if isinstance(trust, TrustFacts) else ()
    return next((c.status for c in chains if c.signature == 0 and c.purpose == "code_signing"), None)


RULE = Rule(
    id="signer-changed",
    title="A signature lost, or another publisher's",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1195.002"),
    over="change",
    reads=(SignatureFacts,),
    check=check,
    benign="a company that changed its name, or a build that forgot to sign",
)
