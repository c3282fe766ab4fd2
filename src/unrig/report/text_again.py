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


def show(console: Console, results: Sequence[Again], *, quiet: bool) -> None:
    """Print every result with its verdict before and now and what makes the difference; a count as the last line."""
    changed = [one for one in results if one.before != one.now]
    same = [one for one in results if one.before == one.now]
    for one in changed if quiet else (*changed, *same):
        word = f"{one.before} -> {one.now}" if one.before != one.now else f"{one.now}, as before"
        console.print(Text.assemble((f"{word:<26}", STYLES[one.now]), safe(f"{one.release.path}  {_short(one)}")))
        if not quiet:
            paragraph(console, "", one.because)
    row(console, "", Text(f"{len(results)} results judged again, {len(changed)} changed"))


def _short(one: Again) -> str:
    return one.release.sha256[:12]
