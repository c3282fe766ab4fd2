"""Facts about lists that stand in a package and say what its other files hold."""

from __future__ import annotations

from msgspec import Struct


class ListedFile(Struct, frozen=True, kw_only=True):
    """One file that a list names."""

    path: str
    """A label, from the list's own root."""
    sha256: str
    """Lower-case hex; empty where the list names the file without a digest that is read."""


class ContentListFacts(Struct, frozen=True, kw_only=True):
    """What a list says; nothing for any other text."""

    kind: str = ""
    """record (a wheel's RECORD), jar (MANIFEST.MF), bundle (CodeResources of macOS)."""
    files: tuple[ListedFile, ...] = ()
