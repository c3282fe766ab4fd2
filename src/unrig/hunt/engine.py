"""What an engine is: somebody's own database, in which the questions of a hunt are asked and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from unrig.hunt.kinds import Tables
from unrig.model.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.base import SQLGlotCompiler


class EngineError(UsageError):
    """An engine did not answer, or cannot be asked; the message says what it said, on one line."""


class Address(Struct, frozen=True, kw_only=True):
    """Where a database is. Never a password: those come from the environment."""

    scheme: str
    user: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    """What stands behind the host: a database's name, or a file or folder."""
    settings: Mapping[str, str] = {}
    """What stands behind the question mark."""
    shown: str
    """What documents, messages and logs call it: without user and settings."""


class Session(Protocol):
    """An open database, as an engine gives it. What it runs are queries, one at a time."""

    @property
    def compiler(self) -> SQLGlotCompiler:
        """What turns an expression into the engine's SQL."""
        ...

    @property
    def materialized(self) -> bool | None:
        """False where views that are used twice are to be looked into and not worked out whole, else None."""
        ...

    @property
    def shared(self) -> bool | None:
        """True where parts of a question that it uses twice are to be worked out once, else None."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return the tables that a mapping could name, for messages. Raises EngineError."""
        ...

    def table(self, name: str) -> ir.Table | None:
        """Return a table, with its columns and types; None where there is none of that name. Raises EngineError."""
        ...

    def moment(self, micros: ir.IntegerValue) -> ir.TimestampValue:
        """Return microseconds since 1970 as a time without a zone: each engine has its own function for it."""
        ...

    def given(self, name: str, rows: pa.Table) -> sge.Query | None:
        """Return rows of our own (what leads ask for) as part of a query, None where the session knows them by name now."""
        ...

    def run(self, query: str) -> pa.Table:
        """Return all rows of a query, in whatever Arrow types the engine has. Raises EngineError."""
        ...


class Engine(Struct, frozen=True, kw_only=True):
    """One kind of database."""

    id: str
    title: str
    schemes: tuple[str, ...]
    """How addresses of it begin."""
    needs: str
    """The extra of unrig that brings its client."""
    settings: Callable[[str], bool]
    """Tells whether a setting of that name may stand in an address."""
    connect: Callable[[Address], AbstractContextManager[Session]]
    """Opens it read only. Raises UsageError where it cannot be opened."""


class Telemetry(Protocol):
    """Event tables, wherever they are, of which questions are asked: unrig's own, or views of somebody's database."""

    @property
    def tables(self) -> Tables:
        """Event class to its table; all classes are there."""
        ...

    def ask(self, question: str, expression: Callable[[], ir.Table]) -> pa.Table:
        """Return all rows of an expression, which `question` names. Raises EngineError where its engine cannot."""
        ...

    def put(self, name: str, rows: pa.Table) -> None:
        """Add a small table of our own beside the event classes; `given` names it in an expression."""
        ...

    def given(self, name: str) -> ir.Table:
        """Return the table that was put there under a name."""
        ...

    def settle(self, name: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Put the rows of an expression under a name: worked out now in our own tables, in a database when asked."""
        ...

    def extend(self, name: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Add the rows of another expression to those under a name."""
        ...

    def rows(self, name: str) -> int:
        """Return how many rows were worked out and are there under a name; 0 where that is left to the database."""
        ...

    def drop(self, name: str) -> None:
        """Forget what is there under a name."""
        ...

    def replace(self, event_class: str, question: str, expression: Callable[[], ir.Table]) -> None:
        """Let a class have the rows of an expression from now on; somebody's own table stays as it is."""
        ...


def first_line(error: object) -> str:
    """Return what an error says as far as its first line goes, at most 300 letters: enough to see what is missing."""
    said: Any = str(error).strip().splitlines() or [type(error).__name__]
    return str(said[0])[:300]
