"""Where results go: standard output in one format, and files by their suffix, written whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from unrig.cli.shared import Shared
from unrig.model.errors import UsageError
from unrig.model.problem import Problem
from unrig.model.results import HuntResult, Result, ScopeResult
from unrig.report import answers
from unrig.report.render import FORMATS, format_of, render
from unrig.report.text import console_of, print_result
from unrig.store import atomic

if TYPE_CHECKING:
    from unrig.loop.investigate import Investigated

R = TypeVar("R", HuntResult, ScopeResult)


def deliver(result: Result, shared: Shared) -> None:
    """Write every `--output`, then print the result to standard output."""
    for path in shared.output:
        write(result, path)
    if shared.format == "text":
        print_result(result, color=shared.color, quiet=shared.quiet, verbose=shared.verbose)
        return
    sys.stdout.buffer.write(render(result, shared.format))
    sys.stdout.buffer.flush()


def check(shared: Shared, allowed: tuple[str, ...] = FORMATS) -> None:
    """Refuse a format that this verb cannot give, before any work is done. Raises UsageError."""
    if shared.format != "text" and shared.format not in allowed:
        known = ", ".join(("text", *allowed))
        raise UsageError(f"--format {shared.format}: expected one of {known}.")
    for path in shared.output:
        if not path.parent.is_dir():
            raise UsageError(f"--output {path}: expected a folder at {path.parent}, found none. Make it first.")
        if format_of(path) not in allowed:
            raise UsageError(f"--output {path}: expected a suffix of {', '.join(allowed)}, found {path.suffix!r}.")


def write(result: Result, path: Path) -> None:
    """Write one result to one file; its final name never holds half of it."""
    atomic.write(path, render(result, format_of(path)))


def progress(text: str, shared: Shared) -> None:
    """Say on standard error, only to a person at a terminal, what is going on."""
    if sys.stderr.isatty() and not shared.quiet:
        click.echo(f"unrig: {text}", err=True)


def deliver_all(done: Investigated, shared: Shared, *, folder: str) -> None:
    """Print the five answers; machines get the case document, since each verb's own stands in the case folder."""
    for path in shared.output:
        write(done.case, path)
    if shared.format != "text":
        sys.stdout.buffer.write(render(done.case, shared.format))
        sys.stdout.buffer.flush()
        return
    if not shared.verbose:
        given = answers.Answers(
            vet=done.vet,
            hunt=done.hunt,
            scope=done.scope,
            case=done.case,
            respond=done.respond,
            folder=folder,
            resumed=done.resumed,
        )
        answers.show(console_of(color=shared.color), given)
        return
    for result in (done.vet, done.hunt, done.scope, done.case, done.respond):
        if result is not None:
            click.echo()
            print_result(result, color=shared.color, quiet=shared.quiet, verbose=True)


def with_problems(result: R, problems: tuple[Problem, ...]) -> R:
    """Return the result with what could not be read of its leads among its problems."""
    if not problems:
        return result
    return msgspec.structs.replace(result, problems=(*result.problems, *problems), complete=False)
