"""A Spark cluster, asked from this process as its driver.

Reads:      `spark://host:7077`: tables and views of its catalog that a session can see (`catalog.database.table`), and Parquet
            by `table = "parquet:/data/events"`, as the workers see that path. Settings of Spark may stand in the address
            (`?spark.executor.memory=2g`), but for those that carry secrets: put these into Spark's own configuration.
Read only:  Spark has no session that cannot write. What is sent are queries (checked before they are sent), and views of
            this session alone, for Parquet and for what leads ask for; nothing goes into the catalog.
Cannot:     address Spark Connect, or a cluster that cannot reach this machine back, as a driver must be.
Tested:     Spark 4 standalone, a master and two workers on loopback, one killed while it works
            (tests/hunt/engines/test_spark.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from unrig.hunt.engine import Address, Engine, EngineError, first_line
from unrig.hunt.engine_sql import builtin, named_table, table_of
from unrig.model.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler

PARQUET = "parquet:"
OWN = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",  # a value that does not fit is null, as the mapping says
    "spark.ui.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.log.level": "ERROR",
}
SECRET = ("secret", "password", "token", "credential", "key")


class SparkCluster:
    """One session on a cluster."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._parquet: dict[str, str] = {}

    @property
    def compiler(self) -> SQLGlotCompiler:
        """Ibis' own for Spark."""
        import ibis  # noqa: PLC0415  (only a hunt reads telemetry)
        from ibis.backends.sql.compilers.pyspark import compiler  # noqa: PLC0415  (same)

        _ = ibis.pyspark  # registers the options that its compiler reads
        return compiler

    @property
    def materialized(self) -> bool | None:
        """Spark looks into views by itself and has no word for it."""
        return None

    @property
    def shared(self) -> bool | None:
        """The planner knows by itself."""
        return None

    def names(self) -> tuple[str, ...]:
        """Return the tables of the session's current database."""
        return tuple(sorted(str(row[0]) for row in self._collected("SHOW TABLES", "tableName")))

    def table(self, name: str) -> ir.Table | None:
        """Return a table of the catalog, or Parquet as a view of this session."""
        from pyspark.errors import PySparkException  # noqa: PLC0415  (an extra)

        try:
            if name.startswith(PARQUET):
                view = self._parquet.setdefault(name, f"unrig_parquet_{len(self._parquet)}")
                frame = self._session.read.parquet(name.removeprefix(PARQUET))
                frame.createOrReplaceTempView(view)
                return table_of(view, _schema(frame))
            if not self._session.catalog.tableExists(name):
                return None
            return named_table(name, _schema(self._session.table(name)))
        except PySparkException as error:
            raise EngineError(first_line(error)) from error

    def moment(self, micros: ir.IntegerValue) -> ir.TimestampValue:
        """Return microseconds since 1970 as a time."""
        return builtin("timestamp_micros", micros, "timestamp(6)")

    def given(self, name: str, rows: pa.Table) -> sge.Query | None:
        """Keep rows as a view of this session."""
        from pyspark.errors import PySparkException  # noqa: PLC0415  (an extra)

        try:
            self._session.createDataFrame(rows).createOrReplaceTempView(name)
        except PySparkException as error:
            raise EngineError(first_line(error)) from error
        return None  # the answer: it knows them by name

    def run(self, query: str) -> pa.Table:
        """Return the rows of a query."""
        from py4j.protocol import Py4JError  # noqa: PLC0415  (an extra)
        from pyspark.errors import PySparkException  # noqa: PLC0415  (same)

        try:
            return self._session.sql(query).toArrow()
        except (PySparkException, Py4JError) as error:
            raise EngineError(first_line(error)) from error

    def _collected(self, query: str, column: str) -> list[tuple[Any, ...]]:
        return [(row[column],) for row in self.run(query).to_pylist()]


@contextmanager
def connect(address: Address) -> Iterator[SparkCluster]:
    """Start a driver here. Raises UsageError where Spark or Java is not installed, or no cluster answers."""
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415  (an extra)
        from pyspark.errors import PySparkException  # noqa: PLC0415  (same)
        from pyspark.sql import SparkSession  # noqa: PLC0415  (same)
    except ImportError as error:
        raise UsageError(
            f"{address.shown}: expected Spark's driver, found none. Install it: pip install 'unrig[spark]', and Java 17."
        ) from error
    builder = SparkSession.builder.master(f"spark://{address.host}:{address.port or 7077}").appName("unrig")
    for name, value in {**OWN, **address.settings}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise UsageError(
            f"{address.shown}: expected a cluster that answers and Java 17, found: {first_line(error)}"
        ) from error
    try:
        yield SparkCluster(session)
    finally:
        session.stop()


def _schema(frame: Any) -> sch.Schema:
    import ibis  # noqa: PLC0415  (only a hunt reads telemetry)
    from ibis.backends.pyspark.datatypes import PySparkType  # noqa: PLC0415  (same)

    return ibis.schema({field.name: PySparkType.to_ibis(field.dataType) for field in frame.schema})


def _setting(name: str) -> bool:
    return name.startswith("spark.") and not any(word in name.lower() for word in SECRET)


ENGINE = Engine(
    id="spark",
    title="Spark",
    schemes=("spark",),
    needs="spark",
    settings=_setting,
    connect=connect,
)
