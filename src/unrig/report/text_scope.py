"""`scope` on a terminal."""

from __future__ import annotations

from rich.console import Console

from unrig.model.results import ScopeResult
from unrig.report.layout import headline


def show(console: Console, result: ScopeResult, *, quiet: bool, verbose: bool) -> None:
    """Print it."""
    headline(console, "scope", "bold", result.unrig_version)
