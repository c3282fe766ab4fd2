"""Progress on a terminal: one line on standard error that is gone when the work is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from unrig.model.progress import Progress, Report
from unrig.report.layout import safe, size

PATIENCE = 1.0
"""Seconds before the line appears: what is done sooner needs none."""
EVERY = 0.1
"""Seconds between two drawings; reports in between cost a look at the clock."""


@contextmanager
def shown(console: Console, clock: Callable[[], float] = time.monotonic) -> Iterator[Report]:
    """Give a report that draws what it is told on a terminal; no thread is started, since workers are forked."""
    live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)
    due = clock() + PATIENCE

    def report(progress: Progress) -> None:
        nonlocal due
        now = clock()
        if now >= due:
            due = now + EVERY
            live.start()  # only now: it hides the cursor, which a short run shall not touch
            live.update(line(progress, console.width), refresh=True)

    try:
        yield report
    finally:
        live.stop()


def line(progress: Progress, width: int) -> Text:
    """Return one line of at most `width` columns: counts first, then what was read last."""
    events = f", {progress.events:,} events" if progress.events else ""
    counts = f"unrig: {progress.step} {progress.files:,} of {progress.of:,} files, {size(progress.bytes)}{events}"
    text = Text(f"{counts}  {safe(progress.what)}", no_wrap=True, overflow="ellipsis")
    text.truncate(max(width - 1, 1), overflow="ellipsis")
    return text
