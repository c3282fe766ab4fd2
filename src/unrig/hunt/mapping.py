"""The mapping file: which of somebody's tables holds which event class, and which of its columns is which of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from unrig.data.events import ColumnType, class_names, columns_of
from unrig.model.errors import UsageError

OURS = frozenset({"source", "offset", "rest"})
"""Columns that say where a row stands: unrig fills them itself, or leaves them empty."""
TELLING = ("process", "file", "exclusion")
"""Classes whose questions ask what happened (`action`): without it they would see nothing and not say so."""

_OR_ALL = ', or what all its rows are: action = {constant = "start"}'

Unit = Literal["", "s", "ms", "us", "ns"]


class Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one of our columns comes from."""

    column: str = ""
    """A column of the table, spelled as the database spells it."""
    constant: str = ""
    """The value of every row, where the table holds one kind of event and no column says so."""
    words: dict[str, str] = {}
    """What a value means: from the table's word, without regard to case, to ours."""
    unit: Unit = ""
    """Of a time that is a number: what it counts since 1970, in UTC: s, ms, us or ns."""


class MappedTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table, as far as it holds events of one class."""

    table: str
    """Its name, with schema or catalog before it where it needs one, spelled as the database spells it; for Spark and
    ClickHouse also a Parquet file or folder: `parquet:/data/events`."""
    event_class: str = msgspec.field(name="class")
    """A class of docs/reference/events.md."""
    where: dict[str, list[str | int]] = {}
    """Columns of the table and the values that its rows of this class have: for tables that hold several kinds."""
    columns: dict[str, str | Given]
    """Our column to the table's, or to where it comes from."""


class MappingFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mapping file."""

    tables: tuple[MappedTable, ...]


def load(path: Path) -> tuple[MappedTable, ...]:
    """Return its tables. Raises UsageError where it cannot be read or names a class or column that unrig has not."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=MappingFile).tables
    except OSError as error:
        raise UsageError(f"{path}: expected a readable mapping file, found: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: expected a mapping in TOML, a [[tables]] with table, class and columns for each table, found:"
            f" {error}. docs/how-to/hunt-where-the-data-is.md has one that works."
        ) from error
    if not found:
        raise UsageError(f"{path}: expected at least one [[tables]], found none.")
    for number, each in enumerate(found, 1):
        _check(f"{path}: table {number} ({each.table})", each)
    return found


def by_name(schemas: Mapping[str, frozenset[str]]) -> tuple[MappedTable, ...]:
    """Return the mapping of tables that are named like event classes and whose columns are named like ours."""
    return tuple(
        MappedTable(
            table=name,
            event_class=name,
            columns={column: column for column in columns_of(name) if column in columns and column not in OURS},
        )
        for name, columns in sorted(schemas.items())
        if "time" in columns
    )


def origin(given: str | Given) -> Given:
    """Return where a column comes from, also where only its name was written."""
    return Given(column=given) if isinstance(given, str) else given


def _check(place: str, table: MappedTable) -> None:
    if table.event_class not in class_names():
        raise UsageError(f"{place}: expected a class of {', '.join(class_names())}, found {table.event_class!r}.")
    known = columns_of(table.event_class)
    for name, given in table.columns.items():
        if name not in known or name in OURS:
            usable = ", ".join(sorted(set(known) - OURS))
            raise UsageError(f"{place}: expected columns of {table.event_class} ({usable}), found {name!r}.")
        _check_origin(f"{place}: {name}", origin(given), known[name].type)
    needed = ("time", "action") if table.event_class in TELLING else ("time",)
    for name in needed:
        if name not in table.columns:
            raise UsageError(
                f"{place}: expected the column {name} for {table.event_class}, found none. Name the table's column for"
                f" it{_OR_ALL if name == 'action' else ''}."
            )


def _check_origin(place: str, given: Given, kind: ColumnType) -> None:
    if bool(given.column) == bool(given.constant):
        raise UsageError(
            f"{place}: expected either a column or a constant, found {'both' if given.column else 'none'}."
        )
    if given.constant and kind is not ColumnType.TEXT:
        raise UsageError(f"{place}: expected a column, found a constant: only columns of text can have one.")
    if given.unit and kind is not ColumnType.TIMESTAMP:
        raise UsageError(f"{place}: expected no unit, found {given.unit!r}: only times have one.")
    if given.words and kind not in (ColumnType.TEXT, ColumnType.BOOLEAN):
        raise UsageError(f"{place}: expected no words, found {len(given.words)}: only text and Booleans have them.")
