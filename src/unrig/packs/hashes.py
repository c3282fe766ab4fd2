"""Hash lists: one SHA-256 a line with a label, behind a head that names the list.

    # name: vendor-advisory-2023-04
    # version: 3
    # licence: CC0-1.0
    59e1edf4d82fae4978e97512b0331b7eb21dd4b838b850ba46794d9c7a2c0983  loader

Names of past incidents enter unrig only this way, and what they find is marked as hindsight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from unrig.model.errors import FormatError

KIND = "hashes"
LINE = re.compile(r"([0-9a-fA-F]{64})(?:[\s,;]+(\S.*))?")
HEAD = re.compile(r"#\s*(name|version|licence)\s*:\s*(\S.*)")
LARGEST = 256 << 20
"""Bytes: three million lines. A longer list belongs in a database."""


class HashList(Struct, frozen=True, kw_only=True):
    """The head of a list and its labels by SHA-256 (lower case)."""

    name: str
    version: str
    licence: str
    labels: dict[str, str]


def read(raw: bytes, *, name: str) -> HashList:
    """Return the list; `name` stands in where its head gives none. Raises FormatError at the first bad line."""
    if len(raw) > LARGEST:
        raise FormatError(name, f"at most {LARGEST:,} bytes", f"{len(raw):,}")
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start}", "UTF-8 text", "something else") from error
    head = dict(_head(lines))
    labels = dict(_entries(lines, name))
    return HashList(
        name=head.get("name", name),
        version=head.get("version", ""),
        licence=head.get("licence", ""),
        labels=labels,
    )


def _head(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = HEAD.fullmatch(line.strip())
        if found:
            yield found[1], found[2].strip()


def _entries(lines: list[str], name: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        found = LINE.fullmatch(text)
        if not found:
            raise FormatError(f"{name}: line {number}", "64 hexadecimal digits and a label", repr(text[:80]))
        yield found[1].lower(), (found[2] or "").strip()
