"""Hash lists: one SHA-256 a line with a label, behind a head that names the list.

    # name: vendor-advisory-2023-04
    # version: 3
    # licence: CC0-1.0
    59e1edf4d82fae4978e97512b0331b7eb21dd4b838b850ba46794d9c7a2c0983  loader

Names of past incidents enter unrig only this way, and what they find is marked as hindsight.

Layout:   text in UTF-8; 64 hexadecimal digits, then a label; `#` starts a comment; a label may be missing.
Refuses:  a list above 256 MiB, text that is not UTF-8, a line that is neither an entry nor a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.errors import FormatError
from unrig.model.pack import HashList, PackKind, ReadPack

LINE = re.compile(r"([0-9a-fA-F]{64})(?:[\s,;]+(\S.*))?")
HEAD = re.compile(r"#\s*(name|version|licence)\s*:\s*(\S.*)")
LARGEST = 256 << 20
"""Bytes: three million lines. A longer list belongs in a database."""


def read(raw: bytes, name: str) -> ReadPack:
    """Return the list with what its head says. Raises FormatError at the first bad line."""
    if len(raw) > LARGEST:
        raise FormatError(name, f"at most {LARGEST:,} bytes", f"{len(raw):,}")
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start}", "UTF-8 text", "something else") from error
    head = dict(_head(lines))
    return ReadPack(
        name=head.get("name", ""),
        version=head.get("version", ""),
        licence=head.get("licence", ""),
        content=HashList(labels=dict(_entries(lines, name))),
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


PACK_KIND = PackKind(
    id="hashes",
    title="A list of files by SHA-256",
    suffixes=("", ".txt", ".csv", ".tsv", ".list", ".hashes", ".sha256"),
    read=read,
)
