"""From an expression to one query in an engine's SQL: a query and nothing else, that names nothing it does not bring.

Views of somebody's tables, and our own rows, are named parts of the query that asks for them (`WITH`): nothing is made
in the database. Each view is compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from unrig.hunt.engine import EngineError, Session, first_line

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler


class _Part(Struct, frozen=True):
    """One compiled part, and the names of those that it asks. Rows that the session keeps by name have no query."""

    query: sge.Query | Any | None
    needs: frozenset[str]


class Parts:
    """What queries of one session may name: each a query of its own, made of those before it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._parts: dict[str, _Part] = {}

    def add(self, name: str, expression: ir.Table) -> ir.Table:
        """Compile an expression and return a table of that name, which stands for it. Raises EngineError."""
        query, needs = self._compiled(expression)
        self._parts[name] = _Part(query, needs)
        return table_of(name, expression.schema())

    def query(self, expression: ir.Table) -> str:
        """Return the SQL of an expression, with the parts that it asks. Raises EngineError where it cannot be said."""
        query, needs = self._compiled(expression)
        used = self._used(needs)
        given = {name: part.query for name, part in self._parts.items() if name in used and part.query is not None}
        whole = _with(query, given, self._session)
        return str(whole.sql(self._session.compiler.dialect))

    def _compiled(self, expression: ir.Table) -> tuple[sge.Query, frozenset[str]]:
        import ibis.expr.operations as ops  # noqa: PLC0415  (the core does without the telemetry engine)

        own = list(expression.op().find(ops.InMemoryTable))
        for op in own:
            if op.name not in self._parts:
                rows = op.data.to_pyarrow(op.schema)
                given = self._session.given(op.name, rows) if rows.num_rows else no_rows(rows, self._session.compiler)
                self._parts[op.name] = _Part(given, frozenset())
        named = {op.name for op in (*own, *expression.op().find(ops.UnboundTable))}
        return _translated(expression, self._session.compiler), frozenset(named & set(self._parts))

    def _used(self, needs: Iterable[str]) -> set[str]:
        found: set[str] = set()
        pending = list(needs)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._parts[name].needs
        return found


def table_of(name: str, schema: sch.Schema) -> ir.Table:
    """Return a table as an expression."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return ibis.table(schema, name=name)


def named_table(name: str, schema: sch.Schema) -> ir.Table:
    """Return a table of a database as an expression; a name with dots has its schema, or catalog and schema, before."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    *before, last = name.split(".")
    return ibis.table(schema, name=last, **dict(zip(("database", "catalog"), reversed(before), strict=False)))


def builtin(name: str, value: ir.Value, kind: str) -> ir.Value:
    """Return what a function of the engine itself makes of a value."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    def function(given):  # type: ignore[no-untyped-def]  # noqa: ANN001,ANN202  (its name and types are the signature's)
        ...

    return ibis.udf.scalar.builtin(name=name, signature=((value.type(),), kind))(function)(value)


def no_rows(rows: pa.Table, compiler: SQLGlotCompiler) -> sge.Query:
    """Return a query without rows that has these columns."""
    import sqlglot as sg  # noqa: PLC0415  (the core does without the telemetry engine)
    import sqlglot.expressions as sge  # noqa: PLC0415  (same)

    return sg.select(*_typed([sge.Null()] * rows.num_columns, rows, compiler)).where(sge.false())


def values(rows: pa.Table, compiler: SQLGlotCompiler) -> sge.Query:
    """Return a query that lists these rows itself, so that no table is needed to hold them."""
    import sqlglot as sg  # noqa: PLC0415  (the core does without the telemetry engine)
    import sqlglot.expressions as sge  # noqa: PLC0415  (same)

    places = [f"c{number}" for number in range(rows.num_columns)]
    listed = sge.Values(
        expressions=[sge.Tuple(expressions=[_literal(value) for value in row.values()]) for row in rows.to_pylist()],
        alias=sge.TableAlias(this=sg.to_identifier("listed"), columns=[sg.to_identifier(place) for place in places]),
    )
    return sg.select(*_typed([sg.column(place) for place in places], rows, compiler)).from_(listed)


def text_rows(rows: pa.Table, compiler: SQLGlotCompiler) -> sge.Query:
    """Return a query that takes these rows out of one text of JSON, in ClickHouse's words."""
    import msgspec  # noqa: PLC0415  (only here)
    import sqlglot as sg  # noqa: PLC0415  (the core does without the telemetry engine)
    import sqlglot.expressions as sge  # noqa: PLC0415  (same)

    listed = msgspec.json.encode([[_text(value) for value in row.values()] for row in rows.to_pylist()]).decode()
    shape = f"Array(Tuple({', '.join(['Nullable(String)'] * rows.num_columns)}))"
    whole = sge.Anonymous(this="JSONExtract", expressions=[sge.Literal.string(listed), sge.Literal.string(shape)])
    each = sg.select(sge.Anonymous(this="arrayJoin", expressions=[whole]).as_("listed")).subquery("rows")
    parts = [
        sge.Anonymous(this="tupleElement", expressions=[sg.column("listed"), sge.Literal.number(place)])
        for place in range(1, rows.num_columns + 1)
    ]
    return sg.select(*_typed(parts, rows, compiler)).from_(each)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _translated(expression: ir.Table, compiler: SQLGlotCompiler) -> sge.Query:
    """Return the engine's own form of an expression. Raises EngineError where the engine has no such operation."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)
    import sqlglot.expressions as sge  # noqa: PLC0415  (same)
    from ibis.common.exceptions import IbisError  # noqa: PLC0415  (same)

    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False  # planners merge selections by themselves; Ibis takes as long again for it
    try:
        query = compiler.to_sqlglot(expression)
    except (IbisError, NotImplementedError) as error:
        raise EngineError(f"{type(error).__name__}: {first_line(error)}") from error
    finally:
        ibis.options.sql.fuse_selects = before
    if not isinstance(query, sge.Query):
        raise EngineError(f"expected a query, found {type(query).__name__}")
    return query


def _typed(found: list[Any], rows: pa.Table, compiler: SQLGlotCompiler) -> list[sge.Expression]:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    kinds = ibis.Schema.from_pyarrow(rows.schema)
    return [compiler.cast(value, kinds[name]).as_(name, quoted=True) for value, name in zip(found, kinds, strict=True)]


def _literal(value: Any) -> sge.Expression:
    import sqlglot.expressions as sge  # noqa: PLC0415  (the core does without the telemetry engine)

    if value is None:
        return sge.Null()
    if isinstance(value, bool):
        return sge.Boolean(this=value)
    if isinstance(value, int | float):
        return sge.Literal.number(repr(value))
    return sge.Literal.string(str(value))


def _with(query: sge.Query, given: dict[str, Any], session: Session) -> sge.Query:
    """Return a query that begins with these named parts, for its own may refer to them."""
    import sqlglot as sg  # noqa: PLC0415  (the core does without the telemetry engine)
    import sqlglot.expressions as sge  # noqa: PLC0415  (same)

    parts = [
        sge.CTE(
            this=part.copy(),
            alias=sge.TableAlias(this=sg.to_identifier(name, quoted=True)),
            materialized=session.materialized,
        )
        for name, part in given.items()
    ]
    for part in query.ctes:
        part.set("materialized", session.shared)
    if parts:
        query.set("with_", sge.With(expressions=[*parts, *query.ctes]))
    return query
