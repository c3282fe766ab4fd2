"""The event tables: an embedded DuckDB that reaches neither network nor files but its own, one table for each class.

Its tables stand in a temporary folder, compressed; in memory they would take twice as much, and what does not fit
would be written there all the same (`python -m benchmarks.beaconing`).

All SQL text of the event tables stands here; what is asked of them are Ibis expressions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from unrig.data.events import ColumnType, arrow_schema, class_names, columns_of
from unrig.store.plans import Plan, Plans, packed, unpacked

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa

MEMORY = "2GB"
"""What DuckDB may hold before it spills into its temporary folder."""

_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.REAL: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP",  # naive UTC: TIMESTAMPTZ needs pytz in Python
}
_PLACE = ("source", "record", "offset")
"""The columns that say where a row was read, and not what happened."""
_CHUNK = "incoming_rows"
_NEW = "rows_of_the_class"


class EventTables:
    """All event classes as tables; those without rows are empty."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, plans: Plans | None = None) -> None:
        self._connection = connection
        self._plans = plans
        self._given: dict[str, pa.Schema] = {}
        self._filling = False

    @cached_property
    def tables(self) -> Mapping[str, ir.Table]:
        """Event class to its table, for Ibis expressions."""
        return {name: _table(name, arrow_schema(name)) for name in class_names()}

    def append(self, event_class: str, rows: pa.Table) -> None:
        """Add rows in the class's schema."""
        self._fill()
        with self._registered({_CHUNK: rows}):
            self._connection.execute(_into(event_class, _CHUNK))

    def append_files(self, event_class: str, paths: Sequence[Path]) -> None:
        """Add the rows of Parquet files in the class's schema, which must be in the folder of kept tables.

        DuckDB reads them itself, several at a time: a quarter of the work of handing over what Arrow has read
        (`python -m benchmarks.hunting`).
        """
        self._fill()
        self._connection.execute(_into(event_class, "read_parquet(?)"), [[str(path) for path in paths]])

    def put(self, name: str, rows: pa.Table) -> None:
        """Add a table beside the event classes, or replace the one of that name; `given` names it in an expression."""
        with self._registered({_CHUNK: rows}):
            self._filled().execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM {_CHUNK}')  # noqa: S608  (names of this package)
        self._given[name] = rows.schema

    def given(self, name: str) -> ir.Table:
        """Return the table that was put there under a name, for Ibis expressions."""
        return _table(name, self._given[name])

    def replace(self, event_class: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Put the rows of an expression, which has the class's columns, in the place of the class's own."""
        plan = self._plan(question, expression)
        with self._registered(unpacked(plan.given)):
            self._swap(event_class, plan.sql)

    def repeats(self) -> dict[str, dict[str, int]]:
        """Return by event class and source how many rows say the same as an earlier one, of any source.

        The same is what agrees in all columns but those of the place, by a hash of 64 bits: of ten million rows, two that
        differ are taken for one in three of a million runs.
        """
        found = {}
        for event_class in class_names():
            rows = (
                self._filled()
                .execute(
                    f"WITH {_placed(event_class)} SELECT source, count(*) FROM placed WHERE place > 1 GROUP BY source"  # noqa: S608  (names of events.toml)
                )
                .fetchall()
            )
            if rows:
                found[event_class] = dict(rows)
        return found

    def keep_once(self, event_class: str) -> None:
        """Leave of rows that say the same the one with the first source, record and offset."""
        names = _quoted(columns_of(event_class))
        self._swap(
            event_class,
            f"WITH {_placed(event_class)} SELECT {names} FROM keyed ANTI JOIN several USING (content) "  # noqa: S608  (names of events.toml)
            f"UNION ALL SELECT {names} FROM placed WHERE place = 1",
        )

    def settle(self, name: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Work out the rows of an expression now, and put them under a name; `given` names them in an expression."""
        import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)

        plan = self._plan(question, expression)
        with self._registered(unpacked(plan.given)):
            self._filled().execute(f'CREATE OR REPLACE TABLE "{name}" AS {plan.sql}')
        self._given[name] = pa.ipc.read_schema(pa.py_buffer(plan.answer))

    def extend(self, name: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Add the rows of another expression to what is there under a name."""
        plan = self._plan(question, expression)
        with self._registered(unpacked(plan.given)):
            self._filled().execute(f'INSERT INTO "{name}" {plan.sql}')

    def rows(self, name: str) -> int:
        """Return how many rows are there under a name."""
        [(count,)] = self._filled().execute(f'SELECT count(*) FROM "{name}"').fetchall()  # noqa: S608  (names of this package)
        return int(count)

    def drop(self, name: str) -> None:
        """Forget what is there under a name."""
        self._filled().execute(f'DROP TABLE "{name}"')
        del self._given[name]

    def answer(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return all its rows."""
        return self._run(_compiled(expression))

    def ask(self, question: str, expression: Callable[[], ir.Table]) -> pa.Table:
        """Run an expression that may have been compiled before, and return all its rows.

        `question` says all that the expression depends on besides the code, so that two that differ never share one;
        it is not made at all where its plan is known.
        """
        return self._run(self._plan(question, expression))

    def _fill(self) -> None:
        """Have all rows that are added one after the other in one transaction: each by itself would be written twice."""
        if not self._filling:
            self._connection.execute("BEGIN")
            self._filling = True

    def _filled(self) -> duckdb.DuckDBPyConnection:
        """Return the connection once all rows that were added are in their tables."""
        if self._filling:
            self._connection.execute("COMMIT")
            self._filling = False
        return self._connection

    def _swap(self, event_class: str, sql: str) -> None:
        self._filled().execute(f"CREATE TABLE {_NEW} AS {sql}")
        self._filled().execute(f'DROP TABLE "{event_class}"')
        self._filled().execute(f'ALTER TABLE {_NEW} RENAME TO "{event_class}"')

    def _plan(self, question: str, expression: Callable[[], ir.Table]) -> Plan:
        known = self._plans.get(question) if self._plans else None
        if known is not None:
            return known
        made = _compiled(expression())
        if self._plans:
            self._plans.add(question, made)
        return made

    def _run(self, plan: Plan) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)

        schema = pa.ipc.read_schema(pa.py_buffer(plan.answer))
        with self._registered(unpacked(plan.given)):
            found = self._filled().sql(plan.sql).to_arrow_table()
        return found if found.schema.equals(schema) else found.select(schema.names).cast(schema)

    @contextmanager
    def _registered(self, tables: Mapping[str, pa.Table]) -> Iterator[None]:
        with ExitStack() as stack:
            for name, rows in tables.items():
                self._connection.register(name, rows)
                stack.callback(self._connection.unregister, name)
            yield


def _into(event_class: str, rows: str) -> str:
    names = _quoted(columns_of(event_class))
    return f'INSERT INTO "{event_class}" ({names}) SELECT {names} FROM {rows}'  # noqa: S608  (names of events.toml)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _placed(event_class: str) -> str:
    """Return three named queries.

    `keyed` is all rows and a hash of what they say; `several` each hash that occurs more than once; `placed` the rows
    with such a hash and their number in the order of their places, from 1.
    """
    said = _quoted(name for name in columns_of(event_class) if name not in _PLACE)
    order = _quoted(_PLACE)
    return (  # names of events.toml only
        f'keyed AS (SELECT *, hash({said}) AS content FROM "{event_class}"), '  # noqa: S608  (names of events.toml)
        "several AS (SELECT content FROM keyed GROUP BY content HAVING count(*) > 1), "
        f"placed AS (SELECT *, row_number() OVER (PARTITION BY content ORDER BY {order}) AS place "
        "FROM keyed SEMI JOIN several USING (content))"
    )


def _table(name: str, schema: pa.Schema) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return ibis.table(schema, name=name)


def _compiled(expression: ir.Table) -> Plan:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)
    import ibis.expr.operations as ops  # noqa: PLC0415  (same)

    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False  # DuckDB's planner merges them by itself, in no time
    try:
        sql = str(ibis.duckdb.compile(expression))
    finally:
        ibis.options.sql.fuse_selects = before
    named = {each.name: each.data.to_pyarrow(each.schema) for each in expression.op().find(ops.InMemoryTable)}
    schema = expression.schema().to_pyarrow()
    return Plan(sql=sql, answer=schema.serialize().to_pybytes(), given=packed(named))


class Embedded:
    """An empty DuckDB in memory that loads no extension; whoever has it attaches what it needs, then locks it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def attach(self, path: Path, name: str) -> None:
        """Attach a file read only, then reach no other. Raises duckdb.Error."""
        quoted = str(path).replace("'", "''")
        self.connection.execute(f"ATTACH '{quoted}' AS \"{name}\" (READ_ONLY)")
        self.lock()

    def lock(self, readable: Path | None = None) -> None:
        """Reach neither network nor files but those of one folder from now on, and let nothing change that."""
        if readable is not None:
            self.connection.execute("SET allowed_directories = ?", [[str(readable)]])
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")


@contextmanager
def embedded(memory: str = MEMORY) -> Iterator[Embedded]:
    """Give an embedded engine that vanishes with the block; only its temporary folder is ever written."""
    import duckdb  # noqa: PLC0415  (the core does without the telemetry engine)

    with tempfile.TemporaryDirectory(prefix="unrig-events-") as folder:
        # NOTE: by its defaults DuckDB fetches and loads native extensions (duckdb.org, Securing DuckDB).
        connection = duckdb.connect(
            f"{folder}/events.duckdb",
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        try:
            connection.execute(f"SET memory_limit = '{memory}'")
            connection.execute(f"SET temp_directory = '{folder}'")
            connection.execute("SET python_enable_replacements = false")
            # Whoever asks says in which order; keeping that of the rows as they came costs a fifth of the time.
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET TimeZone = 'UTC'")
            yield Embedded(connection)
        finally:
            connection.close()


@contextmanager
def event_tables(memory: str = MEMORY, plans: Plans | None = None, kept: Path | None = None) -> Iterator[EventTables]:
    """Give empty tables that vanish with the block; only their temporary folder is ever written.

    `plans` are what questions were compiled to before, if they are kept; `kept` is a folder of Parquet files of which
    rows are taken.
    """
    with embedded(memory) as opened:
        opened.lock(readable=kept)
        for event_class in class_names():
            columns = ", ".join(f'"{name}" {_TYPES[kind.type]}' for name, kind in columns_of(event_class).items())
            opened.connection.execute(f'CREATE TABLE "{event_class}" ({columns})')
        yield EventTables(opened.connection, plans)
