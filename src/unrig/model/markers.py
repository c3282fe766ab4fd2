"""Facts about texts in a program that tell what it touches, what it calls itself and what it was built from."""

from __future__ import annotations

from msgspec import Struct


class Marker(Struct, frozen=True, kw_only=True):
    """One distinct text of a kind and the offset of its first occurrence."""

    kind: str
    """browser_stores, system_survey, persistence, user_agent, framework."""
    text: str
    offset: int
    length: int
    """Bytes: those of UTF-16 texts are twice their characters."""


class MarkerFacts(Struct, frozen=True, kw_only=True):
    """Distinct texts in the order of kind and offset."""

    markers: tuple[Marker, ...] = ()
    truncated: tuple[str, ...] = ()
    """The kinds of which there were more than are kept."""
