"""The event tables: an embedded DuckDB that reaches neither network nor files, one table for each event class.

All SQL text of the event tables stands here; what is asked of them are Ibis expressions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from unrig.data.events import ColumnType, class_names, columns_of

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

MEMORY = "2GB"
"""What DuckDB may hold before it spills into its temporary folder."""

_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.REAL: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP",  # naive UTC: TIMESTAMPTZ needs pytz in Python
}
_CHUNK = "incoming_rows"


class EventTables:
    """All event classes as tables; those without rows are empty."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, backend: Backend) -> None:
        self._connection = connection
        self._backend = backend
        self._tables = {name: backend.table(name) for name in class_names()}

    @property
    def tables(self) -> Mapping[str, ir.Table]:
        """Event class to its table, for Ibis expressions."""
        return self._tables

    def append(self, event_class: str, rows: pa.Table) -> None:
        """Add rows in the class's schema."""
        names = ", ".join(f'"{name}"' for name in columns_of(event_class))
        self._connection.register(_CHUNK, rows)
        try:
            self._connection.execute(f'INSERT INTO "{event_class}" ({names}) SELECT {names} FROM {_CHUNK}')  # noqa: S608  (names of events.toml)
        finally:
            self._connection.unregister(_CHUNK)

    def answer(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return all its rows."""
        return self._backend.to_pyarrow(expression)


@contextmanager
def event_tables(memory: str = MEMORY) -> Iterator[EventTables]:
    """Give empty tables that vanish with the block; only their temporary folder is ever written."""
    import duckdb  # noqa: PLC0415  (the core does without the telemetry engine)
    import ibis  # noqa: PLC0415  (same)

    with tempfile.TemporaryDirectory(prefix="unrig-events-") as folder:
        # NOTE: by its defaults DuckDB fetches and loads native extensions (duckdb.org, Securing DuckDB).
        connection = duckdb.connect(
            ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        try:
            connection.execute(f"SET memory_limit = '{memory}'")
            connection.execute(f"SET temp_directory = '{folder}'")
            connection.execute("SET python_enable_replacements = false")
            backend = ibis.duckdb.from_connection(connection)
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            for event_class in class_names():
                columns = ", ".join(f'"{name}" {_TYPES[kind.type]}' for name, kind in columns_of(event_class).items())
                connection.execute(f'CREATE TABLE "{event_class}" ({columns})')
            yield EventTables(connection, backend)
        finally:
            connection.close()
