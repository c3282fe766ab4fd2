"""The event classes of `events.toml`: columns, Arrow schemas, and the mappings to Sigma, Sysmon, ECS and OCSF.

Nothing else in unrig names a log field of a standard. Arrow is imported only when a schema is asked for.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import pyarrow as pa

HASH_LENGTHS = {"SHA256": 64, "SHA1": 40, "MD5": 32, "IMPHASH": 32}
"""Hexadecimal digits of each part of Sysmon's `Hashes` field."""

Standard = Literal["sigma", "ecs", "ocsf"]


class ColumnType(StrEnum):
    """What a column holds. Timestamps are naive UTC in microseconds."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column and what each standard calls it; empty where a standard has no such field."""

    type: ColumnType
    sigma: str = ""
    sysmon: tuple[str, ...] = ()
    """The first of these fields that a record has."""
    ecs: str = ""
    ocsf: str = ""
    volatile: bool = False
    """Whether the value differs from run to run of the same thing."""
    fold: bool = False
    """Whether the value is kept in lower case."""
    part: str = ""
    """Which part of the field it is, for `Hashes`."""
    remedy: str = ""
    """What to switch on where this column alone is empty."""


class EventClass(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event class. `columns` holds its own columns; `columns_of` adds the shared ones."""

    columns: dict[str, Column]
    sysmon: dict[int, str] = {}
    """Sysmon event id to what happened, the value of `action`."""
    sigma: str = ""
    """The log source category of Sigma."""
    ocsf: str = ""
    """The OCSF event class."""
    remedy: str
    """What to switch on where a device has no row of this class."""


class Catalogue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `events.toml`."""

    schema: int
    shared: dict[str, Column]
    classes: dict[str, EventClass]


@cache
def catalogue() -> Catalogue:
    """Return the event classes, read once. Raises msgspec.ValidationError if the file is not what Catalogue says."""
    text = resources.files("unrig.data").joinpath("events.toml").read_bytes()
    return msgspec.toml.decode(text, type=Catalogue, strict=False)


def class_names() -> tuple[str, ...]:
    """Return the names of all event classes, sorted."""
    return tuple(sorted(catalogue().classes))


@cache
def columns_of(event_class: str) -> dict[str, Column]:
    """Return all columns of a class in the order of its schema: the shared ones (its own meaning first), then its own."""
    own = catalogue().classes[event_class].columns
    shared = {name: own.get(name, column) for name, column in catalogue().shared.items()}
    return shared | {name: column for name, column in own.items() if name not in shared}


@cache
def arrow_schema(event_class: str) -> pa.Schema:
    """Return the Arrow schema of a class; every column may be null."""
    import pyarrow as pa  # noqa: PLC0415  (the core does without Arrow)

    types = {
        ColumnType.TEXT: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.REAL: pa.float64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.TIMESTAMP: pa.timestamp("us"),
    }
    return pa.schema([pa.field(name, types[column.type]) for name, column in columns_of(event_class).items()])


def mapping(event_class: str, standard: Standard) -> dict[str, tuple[str, ...]]:
    """Return a standard's field names, each with the columns of the class that hold it (Hashes is four columns)."""
    found: dict[str, tuple[str, ...]] = {}
    for name, column in columns_of(event_class).items():
        field = str(getattr(column, standard))
        if field:
            found[field] = (*found.get(field, ()), name)
    return found


def remedy(event_class: str, column: str = "") -> str:
    """Return what to switch on so that a class, or one column of it, is filled."""
    own = columns_of(event_class)[column].remedy if column else ""
    return own or catalogue().classes[event_class].remedy
