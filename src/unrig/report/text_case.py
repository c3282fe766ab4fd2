"""`case` on a terminal."""

from __future__ import annotations

from rich.console import Console

from unrig.model.results import CaseResult
from unrig.report.layout import headline


def show(console: Console, result: CaseResult, *, quiet: bool, verbose: bool) -> None:
    """Print it."""
    headline(console, "case", "bold", result.unrig_version)
