"""Where the telemetry of a hunt is, if not in files: a database, and what of its tables is what."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from unrig.hunt.address import address, scheme_of
from unrig.hunt.engine import Address
from unrig.hunt.mapping import MappedTable, load
from unrig.model.errors import UsageError

EMBEDDED = frozenset({"duckdb", "duckdb:", "duckdb://"})
"""The engine that files are read into, by name."""


class Database(Struct, frozen=True, kw_only=True):
    """A database that is to be asked where it is."""

    address: Address
    mapping: tuple[MappedTable, ...] = ()
    """What of its tables is what; without any, those named like event classes are looked at."""
    mapping_name: str = ""
    """What messages call the mapping."""


def database(
    telemetry: Sequence[str],
    engine: str,
    *,
    mapping: str | os.PathLike[str] | None = None,
    keep: str | os.PathLike[str] | None = None,
) -> Database | None:
    """Return the database that is to be asked; None where the telemetry is in files.

    Either the engine is its address, or a single telemetry is. Raises UsageError where both are given, or neither, for
    a mapping that cannot be read or is given with files, and for tables to keep of a database.
    """
    found = _address(telemetry, engine)
    if found is None:
        if mapping is not None:
            raise UsageError(f"{mapping}: expected with the address of a database; files are told by their content.")
        return None
    if keep is not None:
        raise UsageError(f"{keep}: expected with files; of a database no table is kept.")
    if mapping is None:
        return Database(address=found)
    return Database(address=found, mapping=load(Path(mapping)), mapping_name=str(mapping))


def _address(telemetry: Sequence[str], engine: str) -> Address | None:
    named = [each for each in telemetry if scheme_of(each)]
    given = [*named, *([engine] if engine and engine.lower() not in EMBEDDED else [])]
    if not given:
        if not telemetry:
            raise UsageError("Expected telemetry: files, folders, globs or the address of a database; found none.")
        return None
    found = address(given[0])
    if len(given) > 1 or len(telemetry) > len(named):
        raise UsageError(
            f"{found.shown}: expected one database and nothing beside it, found {len(given) + len(telemetry) - len(named)}"
            " places. Hunt once for each: files are read into the embedded engine, a database is asked where it is."
        )
    return found
