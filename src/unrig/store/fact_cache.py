"""The fact cache: what a reader of one version said about one SHA-256. Losing it costs time, nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from unrig.model.fact import Fact
from unrig.model.problem import Problem

SIZE_CAP = 1 << 30
"""Bytes of values kept; the facts of the 105 MB wheel of the demo take 2 to 3 MB."""

COMMIT_EVERY = 2_000
"""Facts written in one transaction: each costs a sync, and what a killed run loses is only read again."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (
    sha256 BLOB NOT NULL, reader TEXT NOT NULL, version INTEGER NOT NULL,
    value BLOB NOT NULL, problem BLOB, used INTEGER NOT NULL,
    PRIMARY KEY (sha256, reader)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY AUTOINCREMENT);
"""
_SELECT = "SELECT reader, version, value, problem FROM fact WHERE sha256 = ?"
_INSERT = "INSERT OR REPLACE INTO fact VALUES (?, ?, ?, ?, ?, ?)"
_TOUCH = "UPDATE fact SET used = ? WHERE sha256 = ? AND used < ?"
_OLDEST = """
DELETE FROM fact WHERE used <= (
    SELECT used FROM (SELECT used, SUM(LENGTH(value)) OVER (ORDER BY used DESC) AS kept FROM fact)
    WHERE kept > ? ORDER BY used DESC LIMIT 1)
"""


class FactCache:
    """Facts by SHA-256, in one SQLite file. `open_cache` makes it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._run = connection.execute("INSERT INTO run DEFAULT VALUES").lastrowid or 0
        connection.commit()
        self._touched: set[bytes] = set()
        self._waiting = 0

    def facts(self, sha256: str) -> tuple[Fact, ...]:
        """Return all facts known about these bytes, of any reader and version."""
        key = bytes.fromhex(sha256)
        self._touched.add(key)
        return tuple(
            Fact(sha256=sha256, reader=reader, reader_version=version, value=value, problem=_problem(problem))
            for reader, version, value, problem in self._connection.execute(_SELECT, (key,))
        )

    def add(self, facts: Iterable[Fact]) -> None:
        """Keep facts; an older version of the same reader gives way."""
        rows = [
            (
                bytes.fromhex(fact.sha256),
                fact.reader,
                fact.reader_version,
                fact.value,
                msgspec.msgpack.encode(fact.problem) if fact.problem else None,
                self._run,
            )
            for fact in facts
        ]
        self._connection.executemany(_INSERT, rows)
        self._waiting += len(rows)
        if self._waiting >= COMMIT_EVERY:
            self._connection.commit()
            self._waiting = 0

    def size(self) -> int:
        """Return the bytes of all values kept."""
        total = self._connection.execute("SELECT COALESCE(SUM(LENGTH(value)), 0) FROM fact").fetchone()
        return int(total[0])

    def close(self) -> None:
        """Note what was used, drop the least recently used beyond the cap, and close."""
        with self._connection:
            if self._on_disk() > SIZE_CAP // 2:  # what was used when matters only once something may have to go
                self._connection.executemany(_TOUCH, [(self._run, key, self._run) for key in self._touched])
            if self._on_disk() > SIZE_CAP:
                self._connection.execute(_OLDEST, (SIZE_CAP,))
        self._connection.close()

    def _on_disk(self) -> int:
        """Return the bytes of the database: quick, where the sum of all values reads every page."""
        pages, page = (self._connection.execute(f"PRAGMA page_{name}").fetchone()[0] for name in ("count", "size"))
        free = self._connection.execute("PRAGMA freelist_count").fetchone()[0]
        return (int(pages) - int(free)) * int(page)


@contextlib.contextmanager
def open_cache(folder: Path) -> Iterator[FactCache]:
    """Open (or make) the cache in `folder`; one that SQLite cannot read is started afresh.

    Where the folder cannot be written, the cache lives in memory for this run.
    """
    cache = FactCache(_connect(folder))
    try:
        yield cache
    finally:
        cache.close()


def _connect(folder: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _prepared(str(folder / "facts.sqlite"))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked or not writable: leave the file alone
            return _prepared(":memory:")
        for name in ("facts.sqlite", "facts.sqlite-wal", "facts.sqlite-shm"):
            (folder / name).unlink(missing_ok=True)
        return _prepared(str(folder / "facts.sqlite"))
    except OSError:
        return _prepared(":memory:")


def _prepared(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_SCHEMA)
    return connection


def _problem(blob: bytes | None) -> Problem | None:
    return msgspec.msgpack.decode(blob, type=Problem) if blob else None
