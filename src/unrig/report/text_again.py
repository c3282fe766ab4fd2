"""Earlier results and what they are now, on a terminal: one line each, what changed first."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from unrig.model.artifact import Release
from unrig.model.levels import VerdictWord
from unrig.report.layout import STYLES, paragraph, row, safe


class Again(Struct, frozen=True, kw_only=True):
    """One result, before and now."""

    release: Release
    before: VerdictWord
    now: VerdictWord
    because: tuple[str, ...]
    whole: bool = True
    """What is known of it was enough; where not, the earlier verdict stands."""

    @property
    def changed(self) -> bool:
        """True where another verdict takes the place of the earlier one."""
        return self.whole and self.before != self.now


def show(console: Console, results: Sequence[Again], *, quiet: bool) -> None:
    """Print every result with its verdict before and now and what makes the difference; a count as the last line."""
    changed = [one for one in results if one.changed]
    short = [one for one in results if not one.whole]
    same = [one for one in results if one.whole and not one.changed]
    for one in (*changed, *short) if quiet else (*changed, *short, *same):
        word, style = _word(one)
        console.print(Text.assemble((f"{word:<26}", style), safe(f"{one.release.path}  {_short(one)}")))
        if not quiet:
            paragraph(console, "", one.because)
    need = f", {len(short)} need their bytes: vet them anew" if short else ""
    row(console, "", Text(f"{len(results)} results judged again, {len(changed)} changed{need}"))


def _word(one: Again) -> tuple[str, str]:
    """Return what became of a result, and its style."""
    if not one.whole:
        return f"{one.before}, needs bytes", STYLES[VerdictWord.INCOMPLETE]
    return (f"{one.before} -> {one.now}" if one.changed else f"{one.now}, as before"), STYLES[one.now]


def _short(one: Again) -> str:
    return one.release.sha256[:12]
