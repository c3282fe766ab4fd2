"""A DuckDB file, attached read only to an embedded engine that reaches neither network nor other files.

Reads:      `duckdb:///telemetry.db` (as seen from this folder), `duckdb:////data/telemetry.db`: tables and views of it.
Read only:  attached with READ_ONLY, so that DuckDB itself refuses to write; what leads ask for stands in memory.
Cannot:     views of the file that read other files, or need an extension that is not built in.
Tested:     with files made by the embedded engine (tests/hunt/engines/test_duckdb.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unrig.hunt.engine import Address, Engine, EngineError, first_line
from unrig.hunt.engine_sql import builtin, named_table
from unrig.model.errors import UsageError
from unrig.store.event_tables import embedded

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler

ATTACHED = "given"
_NAMES = (
    "SELECT CASE schema_name WHEN 'main' THEN name ELSE schema_name || '.' || name END AS name FROM (SELECT schema_name,"
    " table_name AS name, database_name FROM duckdb_tables() UNION ALL SELECT schema_name, view_name, database_name FROM"
    " duckdb_views() WHERE NOT internal) WHERE database_name = 'given' ORDER BY name"
)


class DuckDbFile:
    """One attached file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @property
    def compiler(self) -> SQLGlotCompiler:
        """Ibis' own for DuckDB."""
        from ibis.backends.sql.compilers.duckdb import compiler  # noqa: PLC0415  (only a hunt reads telemetry)

        return compiler

    @property
    def materialized(self) -> bool | None:
        """Views are looked into: a filter then reads less."""
        return False

    @property
    def shared(self) -> bool | None:
        """The planner knows by itself."""
        return None

    def names(self) -> tuple[str, ...]:
        """Return its tables and views; those outside `main` with their schema."""
        return tuple(row["name"] for row in self.run(_NAMES).to_pylist())

    def table(self, name: str) -> ir.Table | None:
        """Return a table or view of the file."""
        import ibis  # noqa: PLC0415  (only a hunt reads telemetry)

        if name not in self.names():
            return None
        whole = f"{ATTACHED}.{name}" if "." in name else f"{ATTACHED}.main.{name}"
        quoted = ".".join(f'"{part}"' for part in whole.split("."))
        rows = self.run(f"SELECT * FROM {quoted} LIMIT 0")  # noqa: S608  (a name that the file itself lists)
        return named_table(whole, ibis.Schema.from_pyarrow(rows.schema))

    def moment(self, micros: ir.IntegerValue) -> ir.TimestampValue:
        """Return microseconds since 1970 as a time."""
        return builtin("make_timestamp", micros, "timestamp(6)")

    def given(self, name: str, rows: pa.Table) -> sge.Query | None:
        """Keep rows in memory under their name, beside the file."""
        self._connection.register(name, rows)
        return None

    def run(self, query: str) -> pa.Table:
        """Return the rows of a query."""
        import duckdb  # noqa: PLC0415  (only a hunt reads telemetry)

        try:
            return self._connection.sql(query).to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(first_line(error)) from error


@contextmanager
def connect(address: Address) -> Iterator[DuckDbFile]:
    """Attach the file. Raises UsageError where there is none, or it is no database that this DuckDB reads."""
    import duckdb  # noqa: PLC0415  (only a hunt reads telemetry)

    path = _file(address)
    with embedded() as opened:
        try:
            opened.attach(path, ATTACHED)
        except duckdb.Error as error:
            raise UsageError(
                f"{address.shown}: expected a DuckDB file that nobody else has open for writing, found: {first_line(error)}"
            ) from error
        yield DuckDbFile(opened.connection)


def _file(address: Address) -> Path:
    """Return the file: what stands behind the third slash, from this folder or, with a slash of its own, from the root."""
    named = Path(address.path[1:]) if not address.host else Path(address.host + address.path)
    found = next((path for path in (named, Path(address.path)) if path.is_file()), None)
    if found is None:
        raise UsageError(f"{address.shown}: expected a DuckDB file, found none at {named}.")
    return found


ENGINE = Engine(
    id="duckdb",
    title="DuckDB",
    schemes=("duckdb",),
    needs="hunt",
    settings=lambda _name: False,
    connect=connect,
)
