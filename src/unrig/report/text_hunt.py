"""`hunt` on a terminal."""

from __future__ import annotations

from rich.console import Console

from unrig.model.results import HuntResult
from unrig.report.layout import headline


def show(console: Console, result: HuntResult, *, quiet: bool, verbose: bool) -> None:
    """Print it."""
    headline(console, "hunt", "bold", result.unrig_version)
