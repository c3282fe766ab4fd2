"""The command group. Nothing but click is imported until a verb is chosen, so that --help is quick."""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import click

from unrig import __version__
from unrig.cli.defects import report_defect
from unrig.model.errors import FormatError, LimitError, UsageError

VERBS = {
    "vet": "was this release rigged?",
    "hunt": "where has it run, and what has it done?",
    "scope": "who has it, who embeds it?",
    "case": "what happened, in what order, by whom?",
    "respond": "what must be sent, blocked, replaced?",
    "investigate": "all of the above in one run",
    "baseline": "the local store of known-good releases",
    "pack": "rule packs, locked by SHA-256",
    "drill": "inert incident replays with ground truth",
    "explain": "what one rule or analytic means",
    "serve": "a case in the browser, on loopback",
    "doctor": "what is installed, what is missing, how to get it",
    "completion": "shell completion for bash, zsh or fish",
}
"""In the order of the loop; one module of this package each."""


class ClosedPipeError(Exception):
    """Whoever read our output has gone; click by itself would end with 1, which means findings."""


@contextlib.contextmanager
def _closed_pipes() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ClosedPipeError from error


class LazyGroup(click.Group):
    """A click group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the loop."""
        del ctx
        return list(VERBS)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments; --help prints from here."""
        with _closed_pipes():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb and see its output out of this process."""
        with _closed_pipes():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb's module and return its command."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"unrig.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="unrig")
def command() -> None:
    """Was this release rigged, where has it run, who has it, what happened, what must be done."""


def run() -> None:
    """Run the command line and end the process with the contract's exit code."""
    sys.excepthook = report_defect
    signal.signal(signal.SIGTERM, _terminated)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name must not end a run on a terminal without UTF-8
    sys.exit(_exit_code())


ENVIRONMENT = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.EMFILE,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)
"""What the system refuses by reason of the files and folders it was given: no defect of unrig."""


def _exit_code() -> int:
    try:
        result = command.main(prog_name="unrig", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (UsageError, FormatError, LimitError) as error:
        click.echo(f"unrig: {error}", err=True)
        return 2
    except OSError as error:
        if error.errno not in ENVIRONMENT or error.filename is None:
            raise
        click.echo(f"unrig: {error.filename}: expected to read or write there, found: {error.strerror}.", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("unrig: interrupted; what was done is kept", err=True)
        return 130
    except ClosedPipeError:
        # nothing to say, and nobody to say it to; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return result if isinstance(result, int) else 0


def _terminated(number: int, frame: object) -> None:
    """Leave through the context managers, so that workers end and half-written files go."""
    del number, frame
    raise SystemExit(143)
