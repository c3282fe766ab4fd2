"""Who signed a program, with which certificate, and what rides along in its signature."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.publisher import organisation_of
from unrig.model.rule import Inspection
from unrig.model.signature import SignatureFacts
from unrig.vet.differing import keyed, single


def compare(before: SignatureFacts, after: SignatureFacts) -> Iterator[Difference]:
    """Yield another publisher, another certificate of the same, and another shape of the signature."""
    yield from single("signer.organisation", "signed by", _organisation(before), _organisation(after))
    yield from keyed("signer.certificate", "signing certificate", _leaf(before), _leaf(after))
    yield from keyed("signer.shape", "signature", _shape(before), _shape(after))


def _organisation(facts: SignatureFacts) -> str:
    outer = facts.signatures[0].signer if facts.signatures else None
    return organisation_of(outer.subject) if outer else ""


def _leaf(facts: SignatureFacts) -> set[str]:
    return {each.certificates[0][:16] for each in facts.signatures[:1] if each.certificates}


def _shape(facts: SignatureFacts) -> set[str]:
    """Return what a publisher's tools give every signature: digests, time stamps, page hashes."""
    found = {f"digest {each.algorithm}" for each in facts.signatures}
    found |= {f"time stamp {stamp.kind}" for each in facts.signatures for stamp in each.timestamps}
    return found | {"page hashes" for each in facts.signatures if each.page_hashes}


COMPARISON = Inspection(id="signer", reads=SignatureFacts, compare=compare)
