"""Hash lists: one SHA-256 a line with a label, behind a head that names the list.

    # name: vendor-advisory-2023-04
    # version: 3
    # licence: CC0-1.0
    59e1edf4d82fae4978e97512b0331b7eb21dd4b838b850ba46794d9c7a2c0983  loader

Names of past incidents enter unrig only this way, and what they find is marked as hindsight.

Layout:   text in UTF-8; 64 hexadecimal digits, then a label; `#` starts a comment; a label may be missing. Or a table
          (comma, semicolon or tab) whose first line names a column `sha256`; its label is what the columns `label`,
          `name`, `signature` or `file_name` say first; a line without a hash lists something else.
Refuses:  a list above 256 MiB, text that is not UTF-8, a line that is neither an entry nor a comment.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from unrig.model.errors import FormatError
from unrig.model.pack import HashList, PackKind, ReadPack

LINE = re.compile(r"([0-9a-fA-F]{64})(?:[\s,;]+(\S.*))?")
HEAD = re.compile(r"#\s*(name|version|licence)\s*:\s*(\S.*)")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
COLUMNS = ("sha256", "sha256_hash", "sha-256")
LABELS = ("label", "name", "signature", "file_name", "filename")
BETWEEN = (",", ";", "\t")
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
    said = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    said = [(number, text) for number, text in said if text and not text.startswith("#")]
    between = next((mark for mark in BETWEEN if said and _is_head(_cells(said[0][1], mark))), None)
    return _table(said, between, name) if between else _plain(said, name)


def _plain(said: list[tuple[int, str]], name: str) -> Iterator[tuple[str, str]]:
    for number, text in said:
        found = LINE.fullmatch(text)
        if not found:
            raise FormatError(f"{name}: line {number}", "64 hexadecimal digits and a label", repr(text[:80]))
        yield found[1].lower(), (found[2] or "").strip()


def _table(said: list[tuple[int, str]], between: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield hash and label of each row; a cell in the hash's column that is none and not empty refuses the list."""
    head = _cells(said[0][1], between)
    for number, text in said[1:]:
        row = dict(zip(head, _cells(text, between, lower=False), strict=False))
        value = next(row.get(column, "") for column in COLUMNS if column in head)
        if value and not SHA256.fullmatch(value):
            raise FormatError(
                f"{name}: line {number}", "64 hexadecimal digits in the column of hashes", repr(value[:80])
            )
        if value:
            yield value.lower(), next((row[label] for label in LABELS if row.get(label)), "")


def _is_head(cells: list[str]) -> bool:
    return any(column in cells for column in COLUMNS)


def _cells(text: str, between: str, *, lower: bool = True) -> list[str]:
    """Return the cells of one line, without the space and quotes around them."""
    cells = next(csv.reader([text], delimiter=between, skipinitialspace=True), [])
    return [cell.strip().lower() if lower else cell.strip() for cell in cells]


PACK_KIND = PackKind(
    id="hashes",
    title="A list of files by SHA-256",
    suffixes=("", ".txt", ".csv", ".tsv", ".list", ".hashes", ".sha256"),
    read=read,
)
