"""Where results go: standard output in one format, and files by their suffix, written whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec
from msgspec import Struct

from unrig.cli.shared import Shared
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.problem import Problem
from unrig.model.progress import Report, silent
from unrig.model.results import CaseResult, HuntResult, Result, ScopeResult
from unrig.report import answers
from unrig.report.redact import Names, names_of, redact
from unrig.report.render import DOCUMENTS, format_of, render
from unrig.report.text import console_of, print_result
from unrig.store import atomic

if TYPE_CHECKING:
    from unrig.loop.investigate import Investigated

R = TypeVar("R", HuntResult, ScopeResult)


def deliver(result: Result, shared: Shared, fail_on: Severity = Severity.HIGH, *, names: Names | None = None) -> None:
    """Write every `--output`, then print the result to standard output; `fail_on` is what JUnit calls a failure.

    With `--redact` neither names anybody; `names` are those of the case that the result is of, if it is of one.
    """
    if shared.redact:
        result = redact(result, names or names_of(result))
    for path in shared.output:
        write(result, path, fail_on)
    if shared.format == "text":
        print_result(result, color=shared.color, quiet=shared.quiet, verbose=shared.verbose)
        return
    sys.stdout.buffer.write(render(result, shared.format, fail_on))
    sys.stdout.buffer.flush()


class Takes(Struct, frozen=True, kw_only=True):
    """Which of the shared flags mean something to a verb; one that would be passed over is refused."""

    formats: tuple[str, ...] = DOCUMENTS
    packs: bool = False


def check(shared: Shared, takes: Takes) -> None:
    """Refuse what this verb cannot give, before any work is done. Raises UsageError."""
    if shared.format not in ("text", *takes.formats):
        raise UsageError(f"--format {shared.format}: expected one of {', '.join(('text', *takes.formats))}.")
    if shared.pack is not None and not takes.packs:
        raise UsageError("--pack: expected with vet, hunt or investigate; no other verb reads packs yet.")
    for path in shared.output:
        _check_output(path, takes)


def _check_output(path: Path, takes: Takes) -> None:
    if format_of(path) not in takes.formats:
        known = ", ".join(f".{name}" for name in takes.formats)
        raise UsageError(
            f"--output {path}: expected a suffix of {known}, found {format_of(path) or 'none'}. Name the file by one of these."
        )
    if not path.parent.is_dir():
        raise UsageError(f"--output {path}: expected a folder at {path.parent}, found none. Make it first.")
    if path.is_dir():
        raise UsageError(f"--output {path}: expected the name of a file, found a folder.")


def write(result: Result, path: Path, fail_on: Severity = Severity.HIGH) -> None:
    """Write one result to one file; its final name never holds half of it. Raises UsageError where it cannot."""
    _put(render(result, format_of(path), fail_on), path)


def _put(data: bytes, path: Path) -> None:
    try:
        if path.exists() and not path.is_file():  # a pipe or device takes bytes and has no other name
            path.write_bytes(data)
        else:
            atomic.write(path, data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"--output {path}: expected to write there, found: {error.strerror}.") from error


@contextmanager
def watched(shared: Shared) -> Iterator[Report]:
    """Give a report that shows progress on standard error, only to a person at a terminal; else a silent one."""
    if shared.quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console

    from unrig.report.progress import shown

    with shown(Console(stderr=True, no_color=not shared.color)) as report:
        yield report


def deliver_case(result: CaseResult, shared: Shared, folder: Path) -> None:
    """Write every `--output`, the page of the whole case where HTML is asked for, then print the case."""
    if shared.redact:
        result = redact(result, _names(folder))
    _write_case(result, shared, folder)
    if shared.format == "html":
        sys.stdout.buffer.write(_page(folder, shared))
        sys.stdout.buffer.flush()
        return
    deliver(result, msgspec.structs.replace(shared, output=(), redact=False))


def _write_case(result: CaseResult, shared: Shared, folder: Path) -> None:
    for path in shared.output:
        if format_of(path) == "html":
            _put(_page(folder, shared), path)
        else:
            write(result, path)


def _page(folder: Path, shared: Shared) -> bytes:
    """Return the five answers of a case on one page, as `unrig serve` shows them."""
    from unrig.report import html
    from unrig.web.case_page import read_page

    page = read_page(folder)
    return html.render(redact(page, _names(folder)) if shared.redact else page)


def _names(folder: Path) -> Names:
    from unrig import api

    return api.private_names(folder)


def deliver_all(done: Investigated, shared: Shared, *, folder: str) -> None:
    """Print the five answers; machines get the case document, since each verb's own stands in the case folder."""
    if shared.redact:
        done = _redacted(done)
    _write_case(done.case, shared, Path(folder))
    if shared.format == "html":
        sys.stdout.buffer.write(_page(Path(folder), shared))
        sys.stdout.buffer.flush()
        return
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
            folder="the case's" if shared.redact else folder,
            resumed=done.resumed,
            unkept=done.unkept,
        )
        answers.show(console_of(color=shared.color), given)
        return
    for result in (done.vet, done.hunt, done.scope, done.case, done.respond):
        if result is not None:
            click.echo()
            print_result(result, color=shared.color, quiet=shared.quiet, verbose=True)


def _redacted(done: Investigated) -> Investigated:
    names = names_of(done.hunt, done.scope, done.case, done.respond)
    return msgspec.structs.replace(
        done,
        hunt=redact(done.hunt, names) if done.hunt is not None else None,
        scope=redact(done.scope, names) if done.scope is not None else None,
        case=redact(done.case, names),
        respond=redact(done.respond, names),
    )


def something_read(result: HuntResult | ScopeResult) -> None:
    """Raise UsageError where not one of the files given could be read: that is no answer."""
    if not result.sources and result.problems:
        first = result.problems[0]
        more = f" and {len(result.problems) - 1} more problems" if len(result.problems) > 1 else ""
        raise UsageError(f"{first.where}: expected {first.expected}, found {first.observed}{more}. {first.action}.")


def with_problems(result: R, problems: tuple[Problem, ...]) -> R:
    """Return the result with what could not be read of its leads among its problems."""
    if not problems:
        return result
    return msgspec.structs.replace(result, problems=(*result.problems, *problems), complete=False)
