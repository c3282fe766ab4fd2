"""Somebody's database as event tables: the mapping's tables seen as event classes, and what of it does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.data.events import arrow_schema, class_names
from unrig.hunt.database import Database
from unrig.hunt.engine import EngineError, Session
from unrig.hunt.engine_sql import Parts
from unrig.hunt.mapped import UnfitError, counted, view
from unrig.hunt.mapping import MappedTable, by_name, origin
from unrig.model.problem import Problem, ProblemKind, new_problem
from unrig.model.telemetry import Source
from unrig.store.given_files import SOURCE_DIGITS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

KIND = "table"
"""What a source is called that is a table and no file."""


class EngineTables:
    """Views of a database's tables, one for each event class; those that the mapping does not name are empty."""

    def __init__(self, session: Session, views: Mapping[str, ir.Table]) -> None:
        self._session = session
        self._parts = Parts(session)
        self._tables = {name: self._parts.add(f"unrig_{name}", found) for name, found in views.items()}
        self._given: dict[str, ir.Table] = {}

    @property
    def tables(self) -> Mapping[str, ir.Table]:
        """Event class to its view, for Ibis expressions."""
        return self._tables

    def ask(self, _question: str, expression: Callable[[], ir.Table]) -> pa.Table:
        """Run an expression where the data is; return all its rows in the types it says. Raises EngineError."""
        return answer(self._session, self._parts, expression())

    def put(self, name: str, rows: pa.Table) -> None:
        """Keep a small table, which queries then hold in themselves."""
        import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

        self._given[name] = ibis.memtable(rows)

    def given(self, name: str) -> ir.Table:
        """Return what was put there under a name."""
        return self._given[name]

    def settle(self, name: str, _question: str, expression: Callable[[], ir.Table]) -> None:
        """Keep the expression itself under a name: what is large stays where it is."""
        self._given[name] = self._parts.add(f"unrig_{name}", expression())

    def extend(self, name: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Keep both expressions, one behind the other."""
        import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

        before = self._given[name]
        self.settle(f"{name}_more", question, lambda: ibis.union(before, expression()))
        self._given[name] = self._given.pop(f"{name}_more")

    def rows(self, _name: str) -> int:
        """Return 0: nothing is worked out before it is asked for."""
        return 0

    def drop(self, name: str) -> None:
        """Forget what is there under a name."""
        del self._given[name]

    def replace(self, event_class: str, _question: str, expression: Callable[[], ir.Table]) -> None:
        """See a class through an expression from now on."""
        self._tables[event_class] = self._parts.add(f"unrig_{event_class}_again", expression())


class Opened(Struct, frozen=True, kw_only=True):
    """A database that was opened."""

    tables: EngineTables
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]


def opened(session: Session, database: Database) -> Opened:
    """Return a database's tables as the mapping has them; without one, those that are named like event classes.

    A table that does not fit is a problem; the others are looked at. Raises EngineError where the engine says nothing.
    """
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    given, shown = database.mapping or _like_ours(session), database.address.shown
    views: dict[str, list[ir.Table]] = {name: [] for name in class_names()}
    sources: list[Source] = []
    problems: list[Problem] = [] if given else [_nothing(session, shown)]
    for number, each in enumerate(given, 1):
        place = (
            f"{database.mapping_name}: table {number} ({each.table})" if database.mapping else f"{shown}: {each.table}"
        )
        found = _looked_at(session, shown, each, place)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            views[each.event_class].append(found.view)
            sources.append(found.source)
            problems += found.problems
    empty = {name: ibis.memtable(arrow_schema(name).empty_table()) for name in class_names()}
    tables = {name: ibis.union(*parts) if parts[1:] else (*parts, empty[name])[0] for name, parts in views.items()}
    return Opened(tables=EngineTables(session, tables), sources=tuple(sources), problems=tuple(problems))


def answer(session: Session, parts: Parts, expression: ir.Table) -> pa.Table:
    """Return the rows of an expression in the types it says. Raises EngineError."""
    import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

    rows = session.run(parts.query(expression))
    wanted = expression.schema().to_pyarrow()
    try:
        return pa.table(
            [_fitted_column(column, kind.type) for column, kind in zip(rows.columns, wanted, strict=True)],
            names=wanted.names,
        )
    except (pa.ArrowException, ValueError) as error:
        raise EngineError(f"its rows are of other types than were asked for: {error}") from error


def _fitted_column(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column in a type; ClickHouse gives times of whole seconds as numbers of them."""
    import pyarrow as pa  # noqa: PLC0415  (only a hunt reads telemetry)

    if pa.types.is_timestamp(kind) and pa.types.is_integer(column.type):
        column = column.cast(pa.int64()).cast(pa.timestamp("s"))
    return column.cast(kind)


class _Looked(Struct, frozen=True, kw_only=True):
    view: ir.Table
    source: Source
    problems: tuple[Problem, ...]


def _looked_at(session: Session, shown: str, mapped: MappedTable, place: str) -> _Looked | Problem:
    """Return the view of one table and how many rows it has, or what does not fit."""
    try:
        return _fitted(session, shown, mapped, place)
    except EngineError as error:
        return _unread(place, str(error))


def _fitted(session: Session, shown: str, mapped: MappedTable, place: str) -> _Looked | Problem:
    table = session.table(mapped.table)
    if table is None:
        return _unfit(place, f"a table of {shown} ({_listed(session.names())})", f"none named {mapped.table!r}")
    named = {given.column for given in map(origin, mapped.columns.values()) if given.column} | set(mapped.where)
    if lacking := sorted(named - set(table.columns)):
        return _unfit(
            place, f"columns of {mapped.table} ({_listed(table.columns)})", f"none named {', '.join(lacking)}"
        )
    name = f"{shown}#{mapped.table} as {mapped.event_class}"
    source = hashlib.sha256(f"{name} {sorted(mapped.where.items())}".encode()).hexdigest()[:SOURCE_DIGITS]
    try:
        whole = view(table, mapped, source, session.moment)
        (count,) = answer(session, Parts(session), counted(table, mapped, source, session.moment)).to_pylist()
    except UnfitError as error:
        said, _, found = str(error).partition(", found ")
        return _unfit(place, said.replace("expected ", "", 1), found)
    problems = () if count["rows"] == count["timed"] else (_timeless(place, count["rows"] - count["timed"]),)
    return _Looked(
        view=whole,
        source=Source(
            id=source, path=name, sha256="", kind=KIND, rows=count["timed"], rejected=count["rows"] - count["timed"]
        ),
        problems=problems,
    )


def _like_ours(session: Session) -> tuple[MappedTable, ...]:
    found = {name: session.table(name) for name in class_names()}
    return by_name({name: frozenset(table.columns) for name, table in found.items() if table is not None})


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(sorted(names)[:40]) or "it has none"


def _unfit(place: str, expected: str, observed: str) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=place,
        expected=expected,
        observed=observed,
        effect="nothing in this table was looked at",
        action="put it right in the mapping file; names are spelled as the database spells them",
    )


def _unread(place: str, said: str) -> Problem:
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=place,
        expected="a table that can be read",
        observed=said,
        effect="nothing in this table was looked at",
        action="let the database's user read it, or take it out of the mapping",
    )


def _timeless(place: str, rows: int) -> Problem:
    return new_problem(
        kind=ProblemKind.FORMAT,
        where=f"{place}: time",
        expected="a time in every row; in text, ISO 8601 in UTC",
        observed=f"{rows} rows without one",
        effect="these rows were not looked at",
        action="map a column that is always filled, or name its unit",
    )


def _nothing(session: Session, shown: str) -> Problem:
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=shown,
        expected=f"tables named like event classes ({', '.join(class_names())}), since no mapping was given",
        observed=_listed(session.names()),
        effect="nothing was looked at",
        action="write a mapping (docs/how-to/hunt-where-the-data-is.md) and name it with --mapping",
    )
