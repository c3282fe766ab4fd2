"""Tables that are kept from one hunt to the next: a file whose content and readers are the same is not read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from unrig.data.events import arrow_schema, class_names
from unrig.hunt.streams import Rejected
from unrig.hunt.tasks import Part
from unrig.hunt.versions import readers_version
from unrig.store.event_tables import EventTables
from unrig.store.kept_tables import Folder, KeptTables

if TYPE_CHECKING:
    import pyarrow as pa


class KeptPart(Struct, frozen=True, kw_only=True):
    """What was read of one source."""

    part: Part
    id: str
    rows: int
    rejected: tuple[Rejected, ...]


class _Contents(Struct, frozen=True, kw_only=True):
    parts: tuple[KeptPart, ...]
    rows: dict[str, int]


class Kept:
    """A folder of kept tables, for the readers of this version."""

    def __init__(self, folder: str) -> None:
        """Take the folder, which is made where there is none. Raises OSError where it cannot be."""
        self._tables = KeptTables(folder, readers_version())

    def taken(self, sha256: str, tables: EventTables) -> tuple[KeptPart, ...] | None:
        """Add a file's kept rows to the tables and return its sources; None where it was not kept, or not by these readers."""
        about = self._tables.about(sha256)
        if about is None:
            return None
        try:
            contents = msgspec.json.decode(about, type=_Contents)
        except msgspec.DecodeError:
            return None
        if not contents.rows.keys() <= set(class_names()):
            return None
        found: dict[str, pa.Table] = {}
        for event_class, count in contents.rows.items():
            rows = self._tables.rows(sha256, event_class, arrow_schema(event_class))
            if rows is None or rows.num_rows != count:
                return None
            found[event_class] = rows
        for event_class, rows in found.items():
            tables.append(event_class, rows)
        return contents.parts

    @contextmanager
    def writing(self, sha256: str) -> Iterator[Writing]:
        """Give what takes a file's rows; nothing is kept unless it is finished."""
        with self._tables.writing(sha256) as folder:
            yield Writing(folder)


class Writing:
    """The rows of one file on their way into the folder."""

    def __init__(self, folder: Folder) -> None:
        """Take the folder that is not yet under its name."""
        self._folder = folder
        self._rows: dict[str, int] = {}

    def add(self, event_class: str, rows: pa.Table) -> None:
        """Keep rows of a class."""
        self._folder.add(event_class, rows)
        self._rows[event_class] = self._rows.get(event_class, 0) + rows.num_rows

    def finish(self, parts: Sequence[KeptPart]) -> None:
        """Keep the file, with what was read of its sources."""
        self._folder.finish(msgspec.json.encode(_Contents(parts=tuple(parts), rows=self._rows)))
