"""What YARA rules of packs say about the bytes of one file."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.place import Span


class YaraMatch(Struct, frozen=True, kw_only=True):
    """One rule that matched, where its strings stand, and what it says of itself."""

    pack: str
    """SHA-256 of the pack."""
    rule: str
    spans: tuple[Span, ...] = ()
    """The first few places; none where the condition names no string."""
    places: int = 0
    """How many there are in all."""
    description: str = ""
    reference: str = ""
    score: int = -1
    """0 to 100, as the rule's author weighs it; -1 where the rule does not say."""


class YaraFacts(Struct, frozen=True, kw_only=True):
    """The rules that matched, by pack and name."""

    matches: tuple[YaraMatch, ...] = ()
