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


class Counts(Struct, frozen=True, kw_only=True):
    """How many there are on both sides, and how many of them are not the same."""

    before: int
    after: int
    changed: int = 0
    gone: int = 0
    come: int = 0


class Difference(Struct, frozen=True, kw_only=True):
    """What one comparison says of two files; it becomes a Change with these files."""

    property: str
    """Stable id, `family.what`: functions.changed, imports.changed, signer.organisation, ..."""
    what: str
    """One line for people, told from the older side to the newer."""
    gone: tuple[str, ...] = ()
    """Keys that only the older side has, capped to MAX_KEYS."""
    come: tuple[str, ...] = ()
    """Keys that only the newer side has, capped to MAX_KEYS."""
    counts: Counts | None = None


class Change(Struct, frozen=True, kw_only=True):
    """One difference; compare(a, b) is the inverse of compare(b, a), see `inverse`.

    A file that differs is one change of the family `file`; what differs inside it are further changes with the
    same `before` and `after`, one a property.
    """

    kind: ChangeKind
    before: Artifact | None
    after: Artifact | None
    family: str
    """What kind of thing changed: file, functions, imports, signer, ..."""
    what: str
    property: str = "file"
    """Stable id of what was compared; base rates are by this. `file` for the file itself."""
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    counts: Counts | None = None


FILE = "file"
MAX_KEYS = 100
"""Keys that a change lists on each side; `counts` has them all."""
_OPPOSITE = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}


def inside(difference: Difference, file: Change) -> Change:
    """Return a difference inside two files as a change of theirs."""
    return Change(
        kind=ChangeKind.CHANGED,
        before=file.before,
        after=file.after,
        family=difference.property.partition(".")[0],
        what=difference.what,
        property=difference.property,
        gone=difference.gone,
        come=difference.come,
        counts=difference.counts,
    )


def inverse(change: Change) -> Change:
    """Return the change from the newer side to the older, without its wording."""
    counts = change.counts
    back = counts and Counts(
        before=counts.after, after=counts.before, changed=counts.changed, gone=counts.come, come=counts.gone
    )
    return Change(
        kind=_OPPOSITE.get(change.kind, change.kind),
        before=change.after,
        after=change.before,
        family=change.family,
        what="",
        property=change.property,
        gone=change.come,
        come=change.gone,
        counts=back,
    )
