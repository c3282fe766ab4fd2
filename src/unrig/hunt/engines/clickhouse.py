"""A ClickHouse folder, asked by the ClickHouse engine embedded in this process (chdb).

Reads:      `clickhouse:///data/clickhouse` (as seen from this folder, or from the root with a slash of its own): the tables
            of the databases in a folder that chdb or a stopped ClickHouse server wrote; `database.table`, or the name alone
            for what is in `default`. An address with a host is refused: no ClickHouse server has been tested.
Read only:  background merges are stopped, then `readonly = 1` is set, which ClickHouse lets nobody take back in a session.
            What leads ask for stands in the query itself.
Cannot:     folders that a running server has open. Questions of many parts (beacon above all) take its planner long.
Tested:     chdb 4 (tests/hunt/engines/test_clickhouse.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrig.hunt.engine import Address, Engine, EngineError, first_line
from unrig.hunt.engine_sql import builtin, named_table, text_rows
from unrig.model.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler

SETTINGS = (
    "SET join_use_nulls = 1",  # a row without a partner has nulls, not zeros
    "SET session_timezone = 'UTC'",
    "SET max_query_size = 67108864",  # what leads ask for stands in the query
    "SET max_ast_elements = 1000000",
    "SET max_expanded_ast_elements = 5000000",
    "SET cast_keep_nullable = 1",
    "SET enable_materialized_cte = 1",
    "SET query_plan_max_optimizations_to_apply = 100000",
    "SET readonly = 1",
)
_NAMES = """
SELECT if(database = 'default', name, concat(database, '.', name)) AS name FROM system.tables
WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') ORDER BY name
"""


class ClickHouseFolder:
    """One folder, open in this process."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @property
    def compiler(self) -> SQLGlotCompiler:
        """Ibis' own for ClickHouse."""
        from ibis.backends.sql.compilers.clickhouse import compiler  # noqa: PLC0415  (only a hunt reads telemetry)

        return compiler

    @property
    def materialized(self) -> bool | None:
        """Views are worked out once a question: planning them anew for each use takes it minutes."""
        return True

    @property
    def shared(self) -> bool | None:
        """Parts that a question uses more than once are worked out once: their plans would multiply."""
        return True

    def names(self) -> tuple[str, ...]:
        """Return its tables and views; those outside `default` with their database."""
        return tuple(row["name"] for row in self.run(_NAMES).to_pylist())

    def table(self, name: str) -> ir.Table | None:
        """Return a table or view of the folder."""
        import ibis  # noqa: PLC0415  (only a hunt reads telemetry)
        from ibis.backends.sql.datatypes import ClickHouseType  # noqa: PLC0415  (same)

        if name not in self.names():
            return None
        whole = name if "." in name else f"default.{name}"
        quoted = ".".join(f"`{part}`" for part in whole.split("."))
        columns = self.run(f"DESCRIBE TABLE {quoted}").to_pylist()
        return named_table(
            whole, ibis.schema({each["name"]: ClickHouseType.from_string(each["type"]) for each in columns})
        )

    def moment(self, micros: ir.IntegerValue) -> ir.TimestampValue:
        """Return microseconds since 1970 as a time."""
        return builtin("fromUnixTimestamp64Micro", micros, "timestamp(6)")

    def given(self, _name: str, rows: pa.Table) -> sge.Query | None:
        """Return the rows as one text within the query, which ClickHouse reads as a table."""
        return text_rows(rows, self.compiler)

    def run(self, query: str) -> pa.Table:
        """Return the rows of a query."""
        import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

        try:
            data = self._session.query(query, "ArrowStream").bytes()
        except RuntimeError as error:  # what chdb raises is one
            raise EngineError(first_line(error)) from error
        if not data:
            return pa.table({})
        with pa.ipc.open_stream(pa.py_buffer(data)) as stream:
            return stream.read_all()


@contextmanager
def connect(address: Address) -> Iterator[ClickHouseFolder]:
    """Open the folder. Raises UsageError where the engine is not installed, or it is no folder of ClickHouse's."""
    if address.host:
        raise UsageError(
            f"{address.shown}: expected a folder, as in clickhouse:///data/clickhouse, found a server. unrig is tested with"
            " ClickHouse's embedded engine only: copy the tables into a folder (BACKUP, or clickhouse-local), and hunt there."
        )
    try:
        from chdb.session import Session  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise UsageError(
            f"{address.shown}: expected ClickHouse's embedded engine, found none. Install it: pip install 'unrig[clickhouse]'."
        ) from error
    path = _folder(address)
    try:
        opener: Any = Session  # it has no types
        session = opener(str(path))
        for setting in SETTINGS:
            session.query(setting)
    except RuntimeError as error:
        raise UsageError(
            f"{address.shown}: expected a folder of ClickHouse's that nobody has open, found: {first_line(error)}"
        ) from error
    try:
        yield ClickHouseFolder(session)
    finally:
        session.close()


def _folder(address: Address) -> Path:
    """Return the folder; one that ClickHouse has not written is refused, for it would write it."""
    for path in (Path(address.path[1:]), Path(address.path)):
        if address.path.strip("/") and (path / "metadata").is_dir():
            return path
    raise UsageError(f"{address.shown}: expected a folder of ClickHouse's (with metadata in it), found none.")


ENGINE = Engine(
    id="clickhouse",
    title="ClickHouse",
    schemes=("clickhouse",),
    needs="clickhouse",
    settings=lambda _name: False,
    connect=connect,
)
