"""From an expression to one query in an engine's SQL: a query and nothing else, with our own rows written into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unrig.hunt.engine import EngineError, Session, first_line

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler


def query_of(expression: ir.Table, session: Session) -> str:
    """Return the SQL of an expression. Raises EngineError where the engine has no such operation."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)
    import ibis.expr.operations as ops  # noqa: PLC0415  (same)
    import sqlglot.expressions as sge  # noqa: PLC0415  (same)
    from ibis.common.exceptions import IbisError  # noqa: PLC0415  (same)

    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False  # planners merge selections by themselves; Ibis takes as long again for it
    try:
        query = session.compiler.to_sqlglot(expression)
    except (IbisError, NotImplementedError) as error:
        raise EngineError(f"{type(error).__name__}: {first_line(error)}") from error
    finally:
        ibis.options.sql.fuse_selects = before
    if not isinstance(query, sge.Query):
        raise EngineError(f"expected a query, found {type(query).__name__}")
    own = {op.name: op.data.to_pyarrow(op.schema) for op in expression.op().find(ops.InMemoryTable)}
    given = {
        name: session.given(name, rows) if rows.num_rows else no_rows(rows, session.compiler)
        for name, rows in own.items()
    }
    return str(
        _with(query, {name: part for name, part in given.items() if part is not None}).sql(session.compiler.dialect)
    )


def table_of(name: str, schema: sch.Schema) -> ir.Table:
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


def _with(query: sge.Query, given: dict[str, sge.Query]) -> sge.Query:
    """Return a query that begins with these named parts, for its own may refer to them."""
    if not given:
        return query
    own = [(each.alias_or_name, each.this) for each in query.ctes]
    for number, (name, part) in enumerate((*given.items(), *own)):
        query = query.with_(name, as_=part, append=number > 0)
    return query
