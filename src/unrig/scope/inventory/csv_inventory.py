"""Inventories in CSV: one row for each thing on each device, as software inventories and EDR exports write them.

Fills:  device, product, version, platform, arch, customer, country, sha256, authenticode_sha256, signer, path, purl,
        upgrade_code, bundle_id and last_seen, from columns named as in `unrig.scope.columns`; comma, semicolon, tab or
        bar; UTF-8, UTF-16 or Latin-1; RFC 4180 quotes, with Excel's `sep=` line where there is one.
Drops:  columns of other names (told); rows with another number of cells, a NUL, a quote that never ends, or neither a
        product nor a hash (counted, named by line); a hash that is no SHA-256 (the row stays, told). A cell that looks
        like a formula is text.
"""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from unrig.model.errors import FormatError
from unrig.model.exposure import InventoryRow
from unrig.model.identity import Identity, Signer
from unrig.model.paths import file_name
from unrig.scope.columns import ALIASES, REQUIRED, canonical_columns
from unrig.scope.lines import MAX_LINE, SAMPLE, Encoding, Line, read_lines, tell_encoding
from unrig.scope.reader import NAMED, BadRow, InventoryChunk, InventoryReader, InventoryTask, Layout
from unrig.scope.words import arch_word, platform_word, purl_word, sha256_word

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD_LINES = 64
"""Physical lines of one quoted cell. Past that the quote was never closed, and the rows behind it are read anew."""
MAX_CELL = 8192

_UNPRINTABLE = dict.fromkeys((*range(1, 32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F)), "\ufffd")


class _Record(Struct, frozen=True, kw_only=True):
    line: int
    cells: tuple[str, ...]
    exact: bool


class _Tail(Struct, kw_only=True):
    """The lines that are still to be read, with a place to put back what a broken quote had swallowed."""

    lines: Iterator[Line]
    waiting: deque[Line]
    encoding: str
    offset: int
    line: int

    def take(self) -> Line | None:
        """Return the next physical line, or None at the end."""
        line = self.waiting.popleft() if self.waiting else next(self.lines, None)
        if line is not None:
            self.offset, self.line = line.end, self.line + 1
        return line

    def put_back(self, taken: list[Line], offset: int) -> None:
        """Undo `take` for these lines; `offset` is where the first of them starts."""
        self.waiting.extendleft(reversed(taken))
        self.offset, self.line = offset, self.line - len(taken)


def read_chunk(argument: InventoryTask, descriptors: tuple[int, ...]) -> InventoryChunk:
    """Return the next rows of an inventory; runs in a sealed worker.

    Raises `FormatError` if the file has no header, or no column for the device or the product.
    """
    descriptor = descriptors[0]
    layout, offset, line = argument.layout, argument.offset, argument.line
    if layout is None:
        layout, offset, line = _layout(descriptor)
    lines = read_lines(descriptor, offset, layout.encoding)
    tail = _Tail(lines=lines, waiting=deque(), encoding=layout.encoding, offset=offset, line=line)
    return _fill(tail, layout, argument)


def _fill(tail: _Tail, layout: Layout, task: InventoryTask) -> InventoryChunk:
    rows: list[InventoryRow] = []
    bad: list[BadRow] = []
    rejected = doubtful = 0
    for record in islice(_records(tail, layout), task.max_rows):
        row, notes = _row(record, layout, task.source) if isinstance(record, _Record) else (None, (record.why,))
        if row is not None:
            rows.append(row)
            doubtful += bool(notes)
        else:
            rejected += 1
        bad.extend(BadRow(line=record.line, why=why) for why in notes[: NAMED - len(bad)])
    following = InventoryTask(
        source=task.source, layout=layout, offset=tail.offset, line=tail.line, max_rows=task.max_rows
    )
    more = tail.take() is not None
    return InventoryChunk(
        layout=layout,
        rows=tuple(rows),
        rejected=rejected,
        doubtful=doubtful,
        bad=tuple(bad),
        resume=following if more else None,
    )


# The header


def _layout(descriptor: int) -> tuple[Layout, int, int]:
    encoding = tell_encoding(os.pread(descriptor, SAMPLE, 0))
    for number, line in enumerate(read_lines(descriptor, encoding.start, encoding.name), 1):
        text = line.raw.decode(encoding.name, "replace").strip("\r\n\ufeff")
        if text.strip() and not text.lower().startswith("sep="):
            return _columns(text, encoding, number), line.end, number + 1
        if number >= MAX_RECORD_LINES:
            break
    raise FormatError("line 1", "a header line with the names of the columns", "no text")


def _columns(text: str, encoding: Encoding, number: int) -> Layout:
    readings = [(delimiter, _split(text, delimiter) or ()) for delimiter in DELIMITERS]
    delimiter, headers = max(
        readings, key=lambda reading: (sum(map(bool, canonical_columns(reading[1]))), len(reading[1]))
    )
    columns = canonical_columns(headers)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        wanted = "; ".join(f"a column for the {name} ({', '.join(ALIASES[name][:4])}, ...)" for name in missing)
        raise FormatError(f"line {number}", wanted, f"the columns {', '.join(headers)[:200]}")
    unmatched = tuple(head for head, name in zip(headers, columns, strict=True) if not name)
    return Layout(encoding=encoding.name, delimiter=delimiter, columns=columns, unmatched=unmatched)


# Records


def _records(tail: _Tail, layout: Layout) -> Iterator[_Record | BadRow]:
    while True:
        number = tail.line
        line = tail.take()
        if line is None:
            return
        text, exact = _decode(line.raw, tail.encoding)
        if line.overlong:
            yield BadRow(line=number, why=f"the line is longer than {MAX_LINE} bytes")
        elif "\0" in text:
            yield BadRow(line=number, why="a NUL character")
        elif text.strip():
            cells = _split(text, layout.delimiter) if not _open(text) else _continued(text, tail, layout)
            yield _judged(cells, number, exact=exact, layout=layout)


def _judged(cells: tuple[str, ...] | None, number: int, *, exact: bool, layout: Layout) -> _Record | BadRow:
    if cells is None:
        return BadRow(line=number, why="a quote that is not closed, or stands inside a cell")
    if len(cells) != len(layout.columns):
        return BadRow(line=number, why=f"{len(cells)} cells where the header has {len(layout.columns)}")
    return _Record(line=number, cells=cells, exact=exact)


def _open(text: str) -> bool:
    return text.count('"') % 2 == 1


def _continued(text: str, tail: _Tail, layout: Layout) -> tuple[str, ...] | None:
    """Return the cells of a record that goes on over lines; None (and nothing consumed) if its quote never ends well.

    A line that is a whole row by itself ends the search: one broken quote must not hide the rows behind it.
    """
    taken: list[Line] = []
    offset = tail.offset
    joined = text
    while len(taken) < MAX_RECORD_LINES and len(joined) < MAX_LINE:
        line = tail.take()
        if line is None:
            break
        taken.append(line)
        further, _ = _decode(line.raw, tail.encoding)
        if _open(further):
            cells = _split(f"{joined}\n{further}", layout.delimiter)
            if cells is not None and len(cells) == len(layout.columns) and "\0" not in joined:
                return cells
            break
        if len(_split(further, layout.delimiter) or ()) == len(layout.columns):
            break
        joined = f"{joined}\n{further}"
    tail.put_back(taken, offset)
    return None


def _split(text: str, delimiter: str) -> tuple[str, ...] | None:
    if '"' not in text:
        return tuple(text.split(delimiter))
    try:
        return tuple(next(csv.reader([text], delimiter=delimiter, strict=True)))
    except csv.Error:
        return None


def _decode(raw: bytes, encoding: str) -> tuple[str, bool]:
    try:
        return raw.decode(encoding).rstrip("\r"), True
    except UnicodeDecodeError:
        fallback = "latin-1" if encoding == "utf-8" else encoding
        return raw.decode(fallback, "replace").rstrip("\r"), False


# Rows


def _row(record: _Record, layout: Layout, source: str) -> tuple[InventoryRow | None, tuple[str, ...]]:
    """Return the row with what is doubtful in it, or None with why it cannot be used."""
    cells = {name: _clean(cell) for name, cell in zip(layout.columns, record.cells, strict=True) if name}
    notes = [] if record.exact else [f"not {layout.encoding}; read as far as it goes"]
    if any(len(cell) > MAX_CELL for cell in cells.values()):
        return None, (f"a cell longer than {MAX_CELL} characters",)
    sha256 = sha256_word(cells.get("sha256", ""))
    if cells.get("sha256") and not sha256:
        notes.append("the hash is no SHA-256 (64 hexadecimal digits)")
    if not cells["device"]:
        return None, ("no device",)
    if not cells["product"] and not sha256:
        return None, ("neither a product nor a SHA-256",)
    return _inventory_row(cells, sha256, source, record.line), tuple(notes)


def _inventory_row(cells: dict[str, str], sha256: str, source: str, line: int) -> InventoryRow:
    platform, arch = platform_word(cells.get("platform", "")), arch_word(cells.get("arch", ""))
    authenticode = sha256_word(cells.get("authenticode_sha256", ""))
    identity = Identity(
        sha256=sha256,
        authenticode_hash={"sha256": authenticode} if authenticode else {},
        bundle_id=cells.get("bundle_id", ""),
        upgrade_code=cells.get("upgrade_code", "").strip("{}").upper(),
        purl=purl_word(cells.get("purl", "")),
        name=file_name(cells.get("path", "").replace("\\", "/")) or cells["product"],
        version=cells.get("version", ""),
        arch=arch,
        platform=platform,
        signer=Signer(subject=cells["signer"]) if cells.get("signer") else None,
    )
    return InventoryRow(
        device=cells["device"],
        identity=identity,
        product=cells["product"],
        version=identity.version,
        platform=platform,
        arch=arch,
        customer=cells.get("customer", ""),
        country=cells.get("country", ""),
        seen=cells.get("last_seen", ""),
        source=source,
        record=line,
    )


def _clean(cell: str) -> str:
    return " ".join(cell.split()).translate(_UNPRINTABLE)


READER = InventoryReader(
    id="csv",
    title="Inventory in CSV",
    suffixes=(".csv", ".tsv", ".txt"),
    fills=tuple(sorted(ALIASES)),
    function="unrig.scope.inventory.csv_inventory:read_chunk",
    read=read_chunk,
)
