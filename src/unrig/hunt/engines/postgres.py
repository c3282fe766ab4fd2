"""A PostgreSQL server, asked in a session that cannot write.

Reads:      `postgres://user@host:5432/database` (or `postgresql://`): tables, views and materialised views that the user
            may select from. The password comes from PGPASSWORD, PGPASSFILE or the system; `?sslmode=verify-full` and
            libpq's other settings of the connection's safety may stand in the address.
Read only:  the session's transactions are read only (default_transaction_read_only, set as it connects), so that the
            server refuses any change; what leads ask for stands in the query itself, for a read-only session may not even
            make a temporary table.
Cannot:     regular expressions are PostgreSQL's own: a pattern that it reads otherwise is not evaluated, by name.
Tested:     PostgreSQL 15 of Debian 12 (tests/hunt/engines/test_postgres.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unrig.hunt.engine import Address, Engine, EngineError, first_line
from unrig.hunt.engine_sql import builtin, named_table, values
from unrig.model.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import psycopg
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler

SAFETY = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "connect_timeout", "host"})
"""Settings of libpq that say how to connect, not as whom."""
_OPTIONS = "-c default_transaction_read_only=on -c TimeZone=UTC -c client_encoding=UTF8 -c extra_float_digits=3"
_NAMES = """
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1
"""
_COLUMNS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL)
FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


class PostgresSession:
    """One connection, read only."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    @property
    def compiler(self) -> SQLGlotCompiler:
        """Ibis' own for PostgreSQL."""
        from ibis.backends.sql.compilers.postgres import compiler  # noqa: PLC0415  (only a hunt reads telemetry)

        return compiler

    @property
    def materialized(self) -> bool | None:
        """Views are looked into: a filter then can use the table's indexes."""
        return False

    @property
    def shared(self) -> bool | None:
        """The planner knows by itself."""
        return None

    def names(self) -> tuple[str, ...]:
        """Return what the user may select from; what is not in `public` with its schema."""
        return tuple(row[0] for row in self._rows(_NAMES))

    def table(self, name: str) -> ir.Table | None:
        """Return a table or view that the user may select from."""
        import ibis  # noqa: PLC0415  (only a hunt reads telemetry)
        from ibis.backends.sql.datatypes import PostgresType  # noqa: PLC0415  (same)

        if name not in self.names():
            return None
        whole = name if "." in name else f"public.{name}"
        quoted = ".".join(f'"{part}"' for part in whole.split("."))
        columns = self._rows(_COLUMNS, (quoted,))
        return named_table(whole, ibis.schema({column: PostgresType.from_string(kind) for column, kind in columns}))

    def moment(self, micros: ir.IntegerValue) -> ir.TimestampValue:
        """Return microseconds since 1970 as a time; the session's zone is UTC."""
        return builtin("to_timestamp", micros / 1_000_000.0, "timestamp(6)").cast("timestamp(6)")

    def given(self, _name: str, rows: pa.Table) -> sge.Query | None:
        """Return the rows as a list within the query."""
        return values(rows, self.compiler)

    def run(self, query: str) -> pa.Table:
        """Return the rows of a query."""
        import psycopg  # noqa: PLC0415  (same)
        import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query.encode())
                names = [column.name for column in cursor.description or ()]
                rows = cursor.fetchall()
        except psycopg.Error as error:
            raise EngineError(first_line(error)) from error
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return pa.table([pa.array(map(_plain, column)) for column in columns], names=names)

    def _rows(self, query: str, given: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        import psycopg  # noqa: PLC0415  (only a hunt reads telemetry)

        try:
            rows: list[tuple[Any, ...]] = self._connection.execute(query.encode(), given).fetchall()
        except psycopg.Error as error:
            raise EngineError(first_line(error)) from error
        return rows


def _plain(value: Any) -> Any:
    """Return a value as Arrow knows it: sums of whole numbers come as decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


@contextmanager
def connect(address: Address) -> Iterator[PostgresSession]:
    """Open a read-only session. Raises UsageError where the client is not installed or the server lets nobody in."""
    try:
        import psycopg  # noqa: PLC0415  (an extra)
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415  (same)
    except ImportError as error:
        raise UsageError(
            f"{address.shown}: expected the client of PostgreSQL, found none. Install it: pip install 'unrig[postgres]'."
        ) from error
    given = {"host": address.host, "user": address.user, "dbname": address.path.strip("/")}
    try:
        named = {name: value for name, value in {**given, **address.settings}.items() if value}
        whole = make_conninfo("", **named, port=address.port, options=_OPTIONS, application_name="unrig")
        connection = psycopg.connect(whole, autocommit=True)
    except psycopg.Error as error:
        raise UsageError(
            f"{address.shown}: expected a server that lets this user in, found: {_said(error)}. The password comes from"
            " PGPASSWORD or a file that PGPASSFILE names."
        ) from error
    with connection:
        yield PostgresSession(connection)


def _said(error: object) -> str:
    """Return an error on one line without what the environment holds as password."""
    secret = os.environ.get("PGPASSWORD", "")
    said = " ".join(str(error).split())[:300]
    return said.replace(secret, "***") if secret else said


ENGINE = Engine(
    id="postgres",
    title="PostgreSQL",
    schemes=("postgres", "postgresql"),
    needs="postgres",
    settings=SAFETY.__contains__,
    connect=connect,
)
