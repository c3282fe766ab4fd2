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
    """How often innocent releases show the same."""

    property: str
    hits: int
    of: int
    corpus: str


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
