"""The command group. Nothing but click is imported until a verb is chosen, so that --help is quick."""

from __future__ import annotations

import importlib
import os
import signal
import sys

import click

from unrig import __version__
from unrig.cli.defects import report_defect
from unrig.model.errors import UsageError

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


class LazyGroup(click.Group):
    """A click group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the loop."""
        del ctx
        return list(VERBS)

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
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        result = command.main(prog_name="unrig", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except UsageError as error:
        click.echo(f"unrig: {error}", err=True)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("unrig: interrupted; what was done is kept", err=True)
        return 130
    except BrokenPipeError:
        # whoever read our output has gone: nothing to say, and nobody to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return result if isinstance(result, int) else 0


def _terminated(number: int, frame: object) -> None:
    """Leave through the context managers, so that workers end and half-written files go."""
    del number, frame
    raise SystemExit(143)
