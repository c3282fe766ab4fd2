"""What an inventory reader is, and what goes to and comes from the worker in which it runs."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from unrig.model.exposure import InventoryRow


class Layout(Struct, frozen=True, kw_only=True):
    """How one inventory file is written, found once and used for every further chunk."""

    encoding: str
    """utf-8, utf-16-le, utf-16-be or latin-1."""
    delimiter: str
    columns: tuple[str, ...]
    """unrig's name for each column, empty where the header matched nothing."""
    unmatched: tuple[str, ...] = ()
    """Header cells that matched nothing, as written."""


class InventoryTask(Struct, frozen=True, kw_only=True):
    """Where to go on reading. The first task of a file has no layout."""

    source: str
    layout: Layout | None = None
    offset: int = 0
    line: int = 1
    """Number of the physical line at `offset`, from 1."""
    max_rows: int = 20_000
    """Rows after which a chunk ends, so that neither side ever holds a whole inventory."""


class BadRow(Struct, frozen=True, kw_only=True):
    """A row that was not read as it stands there."""

    line: int
    why: str


class InventoryChunk(Struct, frozen=True, kw_only=True):
    """Some rows of one inventory, and where to go on; `resume` is None at the end of the file."""

    layout: Layout
    rows: tuple[InventoryRow, ...]
    rejected: int = 0
    """Rows that could not be used."""
    doubtful: int = 0
    """Rows that were used without one of their cells (a hash that is none, text in another encoding)."""
    bad: tuple[BadRow, ...] = ()
    """The first `NAMED` of the rejected and doubtful rows."""
    resume: InventoryTask | None = None


class InventoryReader(Struct, frozen=True, kw_only=True):
    """One kind of inventory: `read` runs in a sealed worker, `suffixes` say which files are offered to it."""

    id: str
    title: str
    suffixes: tuple[str, ...]
    fills: tuple[str, ...]
    """unrig's columns that this kind of inventory can fill."""
    function: str
    """`module:function` of `read`, as the sandbox names it."""
    read: Callable[[InventoryTask, tuple[int, ...]], InventoryChunk]


NAMED = 100
"""Bad rows of a chunk that are named with their line; the rest are counted."""
