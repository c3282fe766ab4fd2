"""Lines of text as records: what a file's first lines say, and fields between separators. Runs in sealed workers."""

from __future__ import annotations

import csv
from collections.abc import Callable

from unrig.hunt.columns import Record
from unrig.hunt.json_lines import BOM, TOLD_LINES
from unrig.hunt.streams import MAX_LINE, Reason

csv.field_size_limit(MAX_LINE)  # import-time work on purpose: the module keeps this for the whole process


def said(line: bytes) -> str | Reason:
    """Return a line's text without its end, or why it is none."""
    if len(line) > MAX_LINE:
        return Reason.LINE_TOO_LONG
    try:
        return line.decode().rstrip("\r")
    except UnicodeDecodeError:
        return Reason.NOT_UTF8


def any_text(head: bytes, accept: Callable[[str], bool]) -> bool:
    """Return whether any of the first lines is a text that is accepted."""
    lines = head.removeprefix(BOM).split(b"\n")[:TOLD_LINES]
    return any(accept(line.decode("latin-1").rstrip("\r")) for line in lines if len(line) <= MAX_LINE)


def row(text: str, separator: str = ",") -> list[str] | Reason:
    """Return the values of one row in quotes or without (RFC 4180)."""
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return Reason.NOT_A_ROW


def named(names: tuple[str, ...], values: list[str]) -> Record | Reason:
    """Return the values by the names of their columns; what is empty is null."""
    if not names:
        return Reason.NO_HEADER
    if len(names) != len(values):
        return Reason.NOT_A_ROW
    return {name: value or None for name, value in zip(names, values, strict=True)}
