"""`respond` on a terminal."""

from __future__ import annotations

from rich.console import Console

from unrig.model.results import RespondResult
from unrig.report.layout import headline


def show(console: Console, result: RespondResult, *, quiet: bool, verbose: bool) -> None:
    """Print it."""
    headline(console, "respond", "bold", result.unrig_version)
