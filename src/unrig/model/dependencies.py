"""Facts about what a package asks for."""

from __future__ import annotations

from msgspec import Struct


class DependencyFacts(Struct, frozen=True, kw_only=True):
    """What one package manifest lists; empty for any other text."""

    requires: dict[str, str] = {}
    """Name to the versions or place it asks for, as written; `name (dev)` and the like for what only builds need."""
