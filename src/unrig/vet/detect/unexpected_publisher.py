"""A file is signed by a publisher that the policy does not expect in this product.

Sees:      signed files of a product for which the policy names publishers, whose signer's organisation is none of them.
Matters:   a component from somewhere else is new, whoever signed it.
Blind to:  products that the policy does not name, unsigned files, publishers whose own key was used.
False positives:  a new supplier that nobody has entered in the policy yet.
Measured:  not measured: what it asks for comes from the user.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.publisher import organisation_of
from unrig.model.rule import Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each signed file whose signer is not expected; nothing where the policy expects nobody."""
    expected = {name.casefold() for name in release.publishers}
    for view in release.artifacts if expected else ():
        signer = view.artifact.identity.signer
        if signer is None or expected & {signer.subject.casefold(), organisation_of(signer.subject).casefold()}:
            continue
        yield Hit(
            what=f"is signed by {organisation_of(signer.subject)}, whom the policy does not expect in this product",
            keys=("signer",),
            artifacts=(view.artifact.id,),
            expected=", ".join(sorted(release.publishers)),
            observed=signer.subject,
        )


RULE = Rule(
    id="unexpected-publisher",
    title="Signed by somebody the policy does not expect",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    maturity=Maturity.STABLE,
    techniques=("T1195.002", "T1553.002"),
    over="release",
    reads=(SignatureFacts,),
    needs=("publishers",),
    check=check,
    benign="a new supplier that nobody has entered in the policy",
)
