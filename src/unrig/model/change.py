"""What differs between two releases."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from unrig.model.artifact import Artifact


class ChangeKind(StrEnum):
    """How a file differs from its baseline."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class Change(Struct, frozen=True, kw_only=True):
    """One difference; compare(a, b) is the inverse of compare(b, a)."""

    kind: ChangeKind
    before: Artifact | None
    after: Artifact | None
    family: str
    """What kind of thing changed: file, pe, archive, ..."""
    what: str
