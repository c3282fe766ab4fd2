"""The shape that all terminal reports share: a headline, then labelled paragraphs."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from unrig.model.levels import Severity, VerdictWord
from unrig.model.problem import Problem

INDENT = 10
STYLES = {
    VerdictWord.RIGGED: "bold white on red",
    VerdictWord.SUSPICIOUS: "bold red",
    VerdictWord.REVIEW: "bold yellow",
    VerdictWord.INCOMPLETE: "bold yellow",
    VerdictWord.CLEAN: "bold green",
}
SEVERITY_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def safe(text: str) -> str:
    """Return text that cannot move the cursor or reorder a line: control and bidi characters are shown, not obeyed."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def headline(console: Console, word: str, style: str, text: str) -> None:
    """Print the first line: one word, then what it is about."""
    console.print(Text.assemble((f" {word.upper()} ", style), f"  {safe(text)}"))


def paragraph(console: Console, label: str, lines: Iterable[str]) -> None:
    """Print lines under a label in the left margin; nothing where there are none."""
    for number, line in enumerate(lines):
        row(console, label if number == 0 else "", Text(safe(line)))


def row(console: Console, label: str, text: Text) -> None:
    """Print one labelled line; a terminal gets it wrapped under itself, a file or pipe in one piece."""
    width = max(console.width - INDENT, INDENT)
    pieces = text.wrap(console, width) if console.is_terminal else [text]
    for number, piece in enumerate(pieces):
        piece.rstrip()
        console.print(Text.assemble((f"{label if number == 0 else '':<{INDENT}}", "bold"), piece))


def problems(console: Console, found: tuple[Problem, ...], *, verbose: bool) -> None:
    """Print what could not be looked at: the first few, or all."""
    shown = found if verbose else found[:3]
    lines = [
        f"{p.where}: expected {p.expected}, found {p.observed}; {p.effect}. {p.action.capitalize()}." for p in shown
    ]
    if len(found) > len(shown):
        lines.append(f"... and {len(found) - len(shown)} more (--verbose shows all)")
    paragraph(console, "Not seen", lines)


def size(count: int) -> str:
    """Return a byte count as people say it."""
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count} bytes"
