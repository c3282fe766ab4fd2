"""`respond` on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from unrig.model.document import Document
from unrig.model.results import RespondResult
from unrig.report.layout import headline, paragraph, problems


def show(console: Console, result: RespondResult, *, quiet: bool, verbose: bool) -> None:
    """Print the documents with their checks, the fix, and what must never be blocked."""
    failed = sum(check.result == "failed" for document in result.documents for check in document.checks)
    word, style = (f"{failed} failed", "bold red") if failed else (f"{len(result.documents)} documents", "bold green")
    headline(console, word, style, "drafts to be read before they are sent")
    if quiet:
        return
    paragraph(console, "Send", (line for document in result.documents for line in _lines(document)))
    fix = result.fix
    paragraph(
        console,
        "Replace",
        [
            f"by {fix.name} {fix.version}, vetted clean: {fix.sha256}"
            if fix
            else "no fixed build was vetted yet (--fix NEWBUILD)"
        ],
    )
    never = [f"{entry.kind} {entry.value}: {entry.reason}" for entry in result.never_block]
    paragraph(console, "Not block", never if verbose else never[:6])
    if result.problems:
        problems(console, result.problems, verbose=verbose)


def _lines(document: Document) -> Iterator[str]:
    yield f"{document.path}  {document.standard} {document.version}, {document.revision}"
    for check in document.checks:
        detail = f": {check.detail}" if check.detail else ""
        yield f"  {check.result} by {check.checker} {check.version}{detail}"
