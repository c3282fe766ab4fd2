"""Who signed, and how."""

from __future__ import annotations

from compare_kit import compared

from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.model.signature import SignatureFacts
from unrig.vet.compare.signer import COMPARISON
from unrig.vet.facts.signature import extract


def signed(publisher: str, **more: object) -> SignatureFacts:
    facts = extract(memoryview(signed_pe(PeSpec(), SigningSpec(publisher=publisher, **more), 1)))  # type: ignore[arg-type]
    assert isinstance(facts, SignatureFacts)
    return facts


def test_another_publisher() -> None:
    found = compared(COMPARISON, signed("Northwind Codecs AB"), signed("Contoso Voice Ltd"))
    assert found["signer.organisation"].what == "signed by: Northwind Codecs AB became Contoso Voice Ltd"
    assert "signer.certificate" in found


def test_a_signature_that_is_gone() -> None:
    found = compared(COMPARISON, signed("Northwind Codecs AB"), SignatureFacts())
    assert found["signer.organisation"].gone == ("Northwind Codecs AB",)
    assert found["signer.organisation"].come == ()
