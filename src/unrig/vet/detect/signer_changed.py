"""A file that was signed no longer is, or is signed by somebody else.

Sees:      files at the same path in the baseline and here: the signature gone, or its organisation another.
Matters:   who swaps a file seldom has its publisher's key.
Blind to:  files signed with the publisher's own key (3CX); a rotated certificate of the same organisation
           is nothing: leaf certificates rotate in 48 % of real release pairs.
False positives:  a company renamed or bought, a component from another supplier.
Measured:  not yet measured
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, ChangeView, Hit, Rule
from unrig.model.signature import SignatureFacts

ORGANISATION = re.compile(r"(?:^|,\s*)O=((?:\\.|[^,\\])+)")
COMMON_NAME = re.compile(r"(?:^|,\s*)CN=((?:\\.|[^,\\])+)")
"""RFC 4514 strings, as formats.x509_names writes them."""


def check(change: ChangeView) -> Iterator[Hit]:
    """Yield a hit where a signature vanished (high) or its organisation changed (medium)."""
    if change.before is None or change.after is None:
        return
    before, after = _publisher(change.before), _publisher(change.after)
    if not before or before == after:
        return
    what = f"was signed by {before}, is now signed by {after}" if after else f"was signed by {before}, is unsigned now"
    yield Hit(
        what=what,
        keys=("signer",),
        expected=before,
        observed=after or "no signature",
        severity=Severity.MEDIUM if after else Severity.HIGH,
    )


def _publisher(view: ArtifactView) -> str:
    """Return the organisation (or common name) of the outer signer; empty where the file is unsigned."""
    facts = view.facts.get(SignatureFacts)
    if not isinstance(facts, SignatureFacts) or not facts.signatures or facts.signatures[0].signer is None:
        return ""
    subject = facts.signatures[0].signer.subject
    found = ORGANISATION.search(subject) or COMMON_NAME.search(subject)
    return found[1].strip() if found else subject


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
