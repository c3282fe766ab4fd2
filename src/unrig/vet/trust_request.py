"""What a worker is asked about trust: the signatures and time stamps of many artifacts, each certificate once.

Apart from `trust`, which answers, so that asking loads no cryptography.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from unrig.model.signature import SignatureFacts


class StampQuestion(Struct, frozen=True, kw_only=True):
    """One counter-signature: its certificates by SHA-256, its leaf first, and what it says."""

    certificates: tuple[str, ...]
    at: int
    failure: str
    """Why it is not verified; empty where it is."""


class SignatureQuestion(Struct, frozen=True, kw_only=True):
    """One signature: its certificates by SHA-256, the signer's first."""

    certificates: tuple[str, ...]
    signer_known: bool
    """False where the signer's certificate is not carried."""
    stamps: tuple[StampQuestion, ...] = ()


class TrustRequest(Struct, frozen=True, kw_only=True):
    """What a worker needs to judge many artifacts: each distinct certificate once."""

    artifacts: tuple[tuple[SignatureQuestion, ...], ...]
    certificates: dict[str, bytes]
    """DER by SHA-256."""
    extra_roots: tuple[bytes, ...] = ()
    """DER, of the policy."""
    crls: tuple[bytes, ...] = ()
    """DER, of the user."""
    now: int
    """Unix seconds: the moment of what has no trusted time stamp."""


def request(
    facts: Sequence[SignatureFacts], *, extra_roots: Sequence[bytes] = (), crls: Sequence[bytes] = (), now: int
) -> TrustRequest:
    """Return what `judge_all` needs to answer for these artifacts, in their order."""
    return TrustRequest(
        artifacts=tuple(questions(f) for f in facts),
        certificates={c.sha256: c.der for f in facts for c in f.certificates if c.der},
        extra_roots=tuple(extra_roots),
        crls=tuple(crls),
        now=now,
    )


def questions(facts: SignatureFacts) -> tuple[SignatureQuestion, ...]:
    """Return what is to be judged of one artifact, one question a signature."""
    return tuple(
        SignatureQuestion(
            certificates=signature.certificates,
            signer_known=signature.signer is not None,
            stamps=tuple(
                StampQuestion(
                    certificates=stamp.certificates,
                    at=stamp.at,
                    failure=stamp.failure if stamp.signer or stamp.failure else "the signer is not known",
                )
                for stamp in signature.timestamps
            ),
        )
        for signature in facts.signatures
    )
