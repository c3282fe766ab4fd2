"""The tables of a Windows Installer database: their columns as `_Columns` says, their rows as their streams hold them.

Not published by Microsoft; as Wine (dlls/msi/table.c) and the Rust crate `msi` read them: a table's stream holds its
first column for all rows, then its second one. Numbers have their highest bit flipped, 0 is no value; strings are
references into the pool; a binary column is a mark of two bytes, its content stands in a stream of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from unrig.formats import msi_names, msi_strings, ole
from unrig.formats.msi_strings import Strings
from unrig.formats.ole_directory import Entry
from unrig.formats.ole_header import Notes
from unrig.model.errors import FormatError, LimitError

MAX_STREAM = 64 << 20  # of one table or of the pool; the largest real ones have a few MiB
MAX_ROWS = 200_000  # of one table, as many as an archive may have members
MAX_COLUMNS = 32  # in one table (Windows Installer SDK, "CREATE TABLE")
MAX_TABLES = 4096
STRING, NULLABLE, KEY = 0x0800, 0x1000, 0x2000
VALID = 0x0100
BINARY = STRING | VALID
"""A column type without width and without the bit that strings have."""

Cell = str | int | None
Row = Mapping[str, Cell]


class Kind(StrEnum):
    """What a column holds."""

    SHORT = "i2"
    LONG = "i4"
    STRING = "s"
    BINARY = "v"


class Column(Struct, frozen=True, kw_only=True):
    """One column of a table."""

    name: str
    kind: Kind
    is_key: bool
    nullable: bool


class Table(Struct, frozen=True, kw_only=True):
    """One table: its columns in order, and how many rows its stream holds."""

    name: str
    columns: tuple[Column, ...]
    rows: int


class Database(Struct, frozen=True, kw_only=True):
    """A database that is open: its tables, and where their streams are. A code value."""

    strings: Strings
    tables: Mapping[str, Table]
    streams: Mapping[str, Entry]
    """The stream of each table."""
    data: memoryview
    structure: ole.OleStructure


TABLES = (Column(name="Name", kind=Kind.STRING, is_key=True, nullable=False),)
COLUMNS = (
    Column(name="Table", kind=Kind.STRING, is_key=True, nullable=False),
    Column(name="Number", kind=Kind.SHORT, is_key=True, nullable=False),
    Column(name="Name", kind=Kind.STRING, is_key=False, nullable=False),
    Column(name="Type", kind=Kind.SHORT, is_key=False, nullable=False),
)
"""The two tables that describe all others, themselves included."""


def table_streams(structure: ole.OleStructure) -> dict[str, Entry]:
    """Return the streams of tables that the root lists, by name; empty where this is no database."""
    found: dict[str, Entry] = {}
    for entry in structure.entries:
        if entry.kind == "stream" and entry.parent == 0:
            name = msi_names.decode(entry.name)
            if name.is_table:
                found.setdefault(name.text, entry)
    return found


def open_database(data: memoryview, structure: ole.OleStructure, notes: Notes) -> Database | None:
    """Return the database of a compound file; None where it has no string pool and no table of tables."""
    streams = table_streams(structure)
    if not {"_StringPool", "_Tables"} & set(streams):
        return None
    empty = Database(
        strings=Strings(code_page=0, reference_size=2, texts=("",)),
        tables={},
        streams=streams,
        data=data,
        structure=structure,
    )
    pool, texts = _bytes(empty, "_StringPool", notes), _bytes(empty, "_StringData", notes)
    strings = msi_strings.read_strings(pool, texts, notes)
    system = Database(strings=strings, tables={}, streams=streams, data=data, structure=structure)
    tables = _schema(system, notes)
    return Database(strings=strings, tables=tables, streams=streams, data=data, structure=structure)


def _schema(system: Database, notes: Notes) -> dict[str, Table]:
    """Return every table that `_Tables` or `_Columns` names."""
    named = [text(row, "Name") for row in _rows(system, "_Tables", TABLES, notes)]
    columns: dict[str, list[Column]] = {name: [] for name in named if name}
    for row in sorted(_rows(system, "_Columns", COLUMNS, notes), key=lambda row: number(row, "Number")):
        table = text(row, "Table")
        if table not in columns:
            notes.add("_Columns", "columns of tables that `_Tables` lists", f"one of {_short(table)}")
        listed = columns.setdefault(table, [])
        if number(row, "Number") != len(listed) + 1:
            notes.add(f"_Columns: {_short(table)}", f"column {len(listed) + 1}", f"column {number(row, 'Number')}")
        listed.append(_column(text(row, "Name"), number(row, "Type"), notes))
    for name in sorted(system.streams):
        if name not in columns and not name.startswith("_"):
            notes.add("_Tables", "every table that has a stream", f"none called {_short(name)}")
    if len(columns) > MAX_TABLES:
        notes.add("_Tables", f"at most {MAX_TABLES:,} tables", f"{len(columns):,}")
    found = list(columns.items())[:MAX_TABLES]
    return {name: _table(system, name, tuple(listed[:MAX_COLUMNS]), notes) for name, listed in found}


def _column(name: str, bits: int, notes: Notes) -> Column:
    """Return a column of these type bits."""
    bits &= 0xFFFF
    width = bits & 0xFF
    kind = Kind.SHORT
    if bits & STRING:
        kind = Kind.BINARY if bits & ~NULLABLE == BINARY else Kind.STRING
    elif width == 4:
        kind = Kind.LONG
    elif width not in {1, 2}:
        notes.add(f"_Columns: {_short(name)}", "a number of 2 or 4 bytes", f"type {bits:#06x}")
    return Column(name=name, kind=kind, is_key=bool(bits & KEY), nullable=bool(bits & NULLABLE))


def _table(system: Database, name: str, columns: tuple[Column, ...], notes: Notes) -> Table:
    width = _row_size(columns, system.strings)
    size = system.streams[name].size if name in system.streams else 0
    if width and size % width:
        notes.add(f"table {_short(name)}", f"rows of {width} bytes", f"{size % width} bytes behind the last")
    return Table(name=name, columns=columns, rows=size // width if width else 0)


def rows(database: Database, name: str, notes: Notes) -> list[Row]:
    """Return the rows of a table, empty where there is no such table; what cannot be read is noted."""
    table = database.tables.get(name)
    return _rows(database, name, table.columns, notes) if table else []


def _rows(database: Database, name: str, columns: Sequence[Column], notes: Notes) -> list[Row]:
    raw = _bytes(database, name, notes)
    width = _row_size(columns, database.strings)
    count = len(raw) // width if width else 0
    if count > MAX_ROWS:
        notes.add(f"table {_short(name)}", f"at most {MAX_ROWS:,} rows", f"{count:,}")
    kept, at, cells = min(count, MAX_ROWS), 0, list[Sequence[Cell]]()
    for column in columns:
        size = _width(column, database.strings)
        cells.append(list(_cells(column, raw[at : at + kept * size], database.strings, name, notes)))
        at += count * size
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def _cells(column: Column, raw: bytes, strings: Strings, table: str, notes: Notes) -> Iterator[Cell]:
    """Yield one column's values."""
    match column.kind:
        case Kind.SHORT:
            yield from (value - 0x8000 if value else None for (value,) in struct.iter_unpack("<H", raw))
        case Kind.LONG:
            yield from (value - 0x80000000 if value else None for (value,) in struct.iter_unpack("<I", raw))
        case Kind.BINARY:
            yield from (value or None for (value,) in struct.iter_unpack("<H", raw))
        case Kind.STRING:
            size = strings.reference_size
            for at in range(0, len(raw), size):
                index = int.from_bytes(raw[at : at + size], "little")
                if index >= len(strings.texts):
                    expected = f"a string below {len(strings.texts)}"
                    notes.add(f"table {_short(table)}: {_short(column.name)}", expected, str(index))
                    index = 0
                yield strings.texts[index] if index else None


def _width(column: Column, strings: Strings) -> int:
    if column.kind is Kind.STRING:
        return strings.reference_size
    return 4 if column.kind is Kind.LONG else 2


def _row_size(columns: Sequence[Column], strings: Strings) -> int:
    return sum(_width(column, strings) for column in columns)


def _bytes(database: Database, name: str, notes: Notes) -> bytes:
    """Return the stream of a table; nothing where there is none or where it cannot be read."""
    entry = database.streams.get(name)
    if entry is None:
        return b""
    try:
        return ole.whole(database.data, database.structure, entry, MAX_STREAM)
    except (FormatError, LimitError) as error:
        notes.add(f"table {_short(name)}", "a stream that can be read", str(error))
        return b""


def text(row: Row, column: str) -> str:
    """Return a string cell, empty where it has no value or is none."""
    value = row.get(column)
    return value if isinstance(value, str) else ""


def number(row: Row, column: str) -> int:
    """Return a number cell, 0 where it has no value or is none."""
    value = row.get(column)
    return value if isinstance(value, int) else 0


def _short(name: str) -> str:
    return ole.segment(name[:64])
