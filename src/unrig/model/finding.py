"""What a rule found, with its evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.place import Evidence


class ArtifactRef(Struct, frozen=True, kw_only=True):
    """Enough of an artifact to find it."""

    id: str
    path: str
    sha256: str


class BaseRate(Struct, frozen=True, kw_only=True):
    """How often innocent releases show the same, and known tampered ones."""

    property: str
    hits: int
    of: int
    corpus: str
    low: float = 0.0
    high: float = 0.0
    """95 % interval of hits / of."""
    weight: float = 0.0
    """Likelihood ratio: how much more often tampered releases show it; 0 where nobody has counted those."""
    weight_low: float = 0.0
    weight_high: float = 0.0
    """95 % interval of the weight."""
    tampered_hits: int = 0
    tampered_of: int = 0
    """Known tampered releases that showed it, of those in which it could have been seen."""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that speaks against a release; the same bytes at two paths are one finding with two artifacts."""

    id: str
    rule: str
    title: str
    severity: Severity
    confidence: Confidence
    maturity: Maturity
    artifacts: tuple[ArtifactRef, ...]
    techniques: tuple[str, ...] = ()
    hindsight: bool = False
    summary: str
    benign: str
    base_rate: BaseRate | None = None
    evidence: tuple[Evidence, ...] = ()
    waived: str = ""
    """The reason of the waiver that covers it; empty where none does."""


def finding_id(rule: str, sha256s: Iterable[str], offsets: Iterable[int], keys: Iterable[str]) -> str:
    """Return 16 hex digits that stay the same over runs, machines, folder names and unrelated changes."""
    text = "\n".join([rule, *sorted(set(sha256s)), *(str(o) for o in sorted(offsets)), *sorted(keys)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
