"""Event tables on disk, one folder for each file they were read from, named by its SHA-256 and the readers' version.

A folder appears under its name only when it is whole; what is damaged in it counts as not there.
"""

from __future__ import annotations

import hashlib
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
_SUFFIX = ".parquet"


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
            writer = pq.ParquetWriter(self.path / f"{event_class}{_SUFFIX}", rows.schema, compression="zstd")
            self._writers[event_class] = writer
        writer.write_table(rows)

    def digests(self) -> dict[str, str]:
        """Close the files and return the SHA-256 of each class's, in hexadecimal digits."""
        classes = sorted(self._writers)
        self.close()
        return {name: _sha256(self.path / f"{name}{_SUFFIX}") for name in classes}

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
        self._root = Path(folder).resolve()
        self._version = version
        self._root.mkdir(parents=True, exist_ok=True)

    def about(self, sha256: str) -> bytes | None:
        """Return what is said of a file's tables; None where none are kept."""
        try:
            return (self._folder(sha256) / ABOUT).read_bytes()
        except OSError:
            return None

    @property
    def folder(self) -> Path:
        """Where all of them are."""
        return self._root

    def file(self, sha256: str, event_class: str, digest: str) -> Path | None:
        """Return the Parquet file of a class's rows; None where there is none with this digest, so that it was damaged."""
        path = self._folder(sha256) / f"{event_class}{_SUFFIX}"
        try:
            return path if _sha256(path) == digest else None
        except OSError:
            return None

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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
