"""Event tables on disk, one folder for each file they were read from, named by its SHA-256 and the readers' version.

A folder appears under its name only when it is whole; what is damaged in it counts as not there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ABOUT = "about.json"
_UNFINISHED = ".part-"


class Folder:
    """One file's tables while they are written."""

    def __init__(self, path: Path) -> None:
        """Take an empty folder."""
        self.path = path
        self.whole = False
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, event_class: str, rows: pa.Table) -> None:
        """Write rows of a class behind those that are there."""
        import pyarrow.parquet as pq  # noqa: PLC0415  (the core does without the telemetry engine)

        writer = self._writers.get(event_class)
        if writer is None:
            writer = pq.ParquetWriter(self.path / f"{event_class}.parquet", rows.schema, compression="zstd")
            self._writers[event_class] = writer
        writer.write_table(rows)

    def finish(self, about: bytes) -> None:
        """Write what is said of the tables, last of all."""
        self.close()
        (self.path / ABOUT).write_bytes(about)
        self.whole = True

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


class KeptTables:
    """Kept tables of one version of the readers."""

    def __init__(self, folder: str, version: str) -> None:
        """Take the folder, which is made where there is none. Raises OSError where it cannot be."""
        self._root = Path(folder)
        self._version = version
        self._root.mkdir(parents=True, exist_ok=True)

    def about(self, sha256: str) -> bytes | None:
        """Return what is said of a file's tables; None where none are kept."""
        try:
            return (self._folder(sha256) / ABOUT).read_bytes()
        except OSError:
            return None

    def rows(self, sha256: str, event_class: str, schema: pa.Schema) -> pa.Table | None:
        """Return a class's rows; None where they are not there whole and in that schema."""
        import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)
        import pyarrow.parquet as pq  # noqa: PLC0415  (same)

        try:
            found = pq.read_table(self._folder(sha256) / f"{event_class}.parquet", memory_map=False)
            found.validate(full=True)
        except (pa.ArrowException, OSError):
            return None
        return found if found.schema.equals(schema) else None

    @contextmanager
    def writing(self, sha256: str) -> Iterator[Folder]:
        """Give a folder that gets its name when it is finished, and vanishes otherwise."""
        path = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        folder = Folder(path)
        try:
            yield folder
            if folder.whole:
                target = self._folder(sha256)
                shutil.rmtree(target, ignore_errors=True)
                path.rename(target)
        finally:
            folder.close()
            shutil.rmtree(path, ignore_errors=True)

    def _folder(self, sha256: str) -> Path:
        return self._root / f"{sha256}-{self._version}"
