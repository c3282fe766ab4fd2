"""One question of an exam: how much there was to find, and how much was found or made up."""

from __future__ import annotations

from msgspec import Struct


class Mark(Struct, frozen=True, kw_only=True):
    """One question: how much was found, of how much there was, and how much was said that is not so."""

    question: str
    found: int
    of: int
    false: int = 0
    notes: tuple[str, ...] = ()
    """What was missed or wrong, one sentence each."""

    def passed(self) -> bool:
        """Return whether everything was found and nothing was made up."""
        return self.found == self.of and not self.false
