"""Tables that are kept from one hunt to the next: a file whose content and readers are the same is not read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from unrig.data.events import class_names
from unrig.hunt.streams import Rejected
from unrig.hunt.tasks import Part
from unrig.hunt.versions import readers_version
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
    digests: dict[str, str]
    """Event class to the SHA-256 of its table."""


class Taken(Struct, frozen=True, kw_only=True):
    """What is kept of one file."""

    parts: tuple[KeptPart, ...]
    tables: dict[str, Path]
    """Event class to the Parquet file with its rows."""


class Kept:
    """A folder of kept tables, for the readers of this version."""

    def __init__(self, folder: str) -> None:
        """Take the folder, which is made where there is none. Raises OSError where it cannot be."""
        self._tables = KeptTables(folder, readers_version())

    @property
    def folder(self) -> Path:
        """Where the tables are."""
        return self._tables.folder

    def taken(self, sha256: str) -> Taken | None:
        """Return what is kept of a file; None where it was not kept whole, or not by these readers."""
        about = self._tables.about(sha256)
        if about is None:
            return None
        try:
            contents = msgspec.json.decode(about, type=_Contents)
        except msgspec.DecodeError:
            return None
        if not contents.digests.keys() <= set(class_names()):
            return None
        tables: dict[str, Path] = {}
        for event_class, digest in contents.digests.items():
            path = self._tables.file(sha256, event_class, digest)
            if path is None:
                return None
            tables[event_class] = path
        return Taken(parts=contents.parts, tables=tables)

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

    def add(self, event_class: str, rows: pa.Table) -> None:
        """Keep rows of a class."""
        self._folder.add(event_class, rows)

    def finish(self, parts: Sequence[KeptPart]) -> None:
        """Keep the file, with what was read of its sources."""
        self._folder.finish(msgspec.json.encode(_Contents(parts=tuple(parts), digests=self._folder.digests())))
