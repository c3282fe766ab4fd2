"""Results on a terminal: verdict, reason, what to do, where the proof is. Untrusted text is never markup."""

from __future__ import annotations

import errno
import os
from typing import assert_never

from rich.console import Console

from unrig.model.results import CaseResult, HuntResult, RespondResult, Result, ScopeResult, VetResult
from unrig.report import text_case, text_hunt, text_respond, text_scope, text_vet


def print_result(result: Result, *, color: bool, quiet: bool = False, verbose: bool = False) -> None:
    """Print one result for a person; `quiet` is its first line only, `verbose` shows all evidence."""
    console = console_of(color=color)
    match result:
        case VetResult():
            text_vet.show(console, result, quiet=quiet, verbose=verbose)
        case HuntResult():
            text_hunt.show(console, result, quiet=quiet, verbose=verbose)
        case ScopeResult():
            text_scope.show(console, result, quiet=quiet, verbose=verbose)
        case CaseResult():
            text_case.show(console, result, quiet=quiet, verbose=verbose)
        case RespondResult():
            text_respond.show(console, result, quiet=quiet, verbose=verbose)
        case _:
            assert_never(result)


class PlainConsole(Console):
    """A console that leaves a closed pipe to the caller; rich by itself would end the process with 1."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console_of(*, color: bool) -> Console:
    """Return the console that all reports print to: no markup, no emoji, no guessing at what a text means."""
    return PlainConsole(no_color=not color, highlight=False, markup=False, emoji=False, soft_wrap=True)
