"""Markdown by PyMarkdown, a linter with a CommonMark parser of its own.

All its rules hold but the length of lines (MD013): a SHA-256 with its path is longer than any sensible limit. That no
raw HTML is in a notice (MD033) is the rule that matters most: names from inventories stand in it.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version

from unrig.model.document import Check
from unrig.respond.checker import Checker, judged, missing

ID = "pymarkdown"


def check(document: bytes) -> Check:
    """Return PyMarkdown's word on a document."""
    if importlib.util.find_spec("pymarkdown") is None:
        return missing(ID, "pymarkdownlnt")
    return judged(ID, version("pymarkdownlnt"), _faults(document))


def _faults(document: bytes) -> tuple[str, ...]:
    from pymarkdown.api import (  # noqa: PLC0415 - only the check extra installs it
        PyMarkdownApi,
        PyMarkdownApiException,
    )

    try:
        found = PyMarkdownApi().disable_rule_by_identifier("MD013").scan_string(document.decode())
    except (PyMarkdownApiException, UnicodeDecodeError) as error:
        return (str(error),)
    faults = [f"line {one.line_number}: {one.rule_id} {one.rule_description}" for one in found.scan_failures]
    return (*faults, *(f"line {one.line_number}: {one.pragma_error}" for one in found.pragma_errors))


CHECKER = Checker(id=ID, standards=("Markdown",), check=check)
