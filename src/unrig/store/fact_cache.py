"""The fact cache: what a reader of one version said about one SHA-256. Losing it costs time, nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from unrig.model.fact import Fact
from unrig.model.problem import Problem
from unrig.store import sqlite_file

SIZE_CAP = 1 << 30
"""Bytes of values kept; the facts of the 105 MB wheel of the demo take 2 to 3 MB."""

WRITE_EVERY = 2_000
"""Facts written in one transaction: each costs a sync, and what a killed run loses is only read again."""
WRITE_BYTES = 32 << 20
"""Bytes of values that wait at most, for memory's sake."""

_FILE = "facts.sqlite"  # a new layout takes a new name, so that an older unrig beside it keeps its own
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
    """Facts by SHA-256, in one SQLite file. `open_cache` makes it.

    Nothing that goes wrong with the file ever stops a run: what cannot be kept is read again by the next one.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take an open database."""
        self._connection = connection
        self._waiting: dict[str, list[Fact]] = {}
        self._count = 0
        self._bytes = 0
        self._touched: set[str] = set()
        self._run = self._begin()

    def facts(self, sha256: str) -> tuple[Fact, ...]:
        """Return all facts known about these bytes, of any reader, the newest version of each."""
        fresh = {fact.reader: fact for fact in self._waiting.get(sha256, ())}
        self._touched.add(sha256)
        kept = {fact.reader: fact for fact in self._kept(sha256)}
        return tuple((kept | fresh).values())

    def add(self, facts: Iterable[Fact]) -> None:
        """Keep facts; an older version of the same reader gives way."""
        for fact in facts:
            self._waiting.setdefault(fact.sha256, []).append(fact)
            self._count += 1
            self._bytes += len(fact.value)
        if self._count >= WRITE_EVERY or self._bytes >= WRITE_BYTES:
            self._write()

    def size(self) -> int:
        """Return the bytes of all values kept."""
        self._write()
        total = self._connection.execute("SELECT COALESCE(SUM(LENGTH(value)), 0) FROM fact").fetchone()
        return int(total[0])

    def close(self) -> None:
        """Note what was used, drop the least recently used beyond the cap, and close."""
        self._write()
        with contextlib.suppress(sqlite3.Error), self._connection:
            held = self._on_disk()
            if held > SIZE_CAP // 2:  # what was used when matters only once something may have to go
                self._connection.executemany(_TOUCH, [(self._run, bytes.fromhex(k), self._run) for k in self._touched])
            if held > SIZE_CAP:
                self._connection.execute(_OLDEST, (SIZE_CAP,))
        self._connection.close()

    def _on_disk(self) -> int:
        """Return the bytes of the database: quick, where the sum of all values reads every page."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (int(pages) - int(free)) * int(size)

    def _begin(self) -> int:
        with contextlib.suppress(sqlite3.Error), self._connection:
            return self._connection.execute("INSERT INTO run DEFAULT VALUES").lastrowid or 0
        return 0

    def _kept(self, sha256: str) -> Iterator[Fact]:
        try:
            for reader, version, value, problem in self._connection.execute(_SELECT, (bytes.fromhex(sha256),)):
                yield Fact(sha256=sha256, reader=reader, reader_version=version, value=value, problem=_problem(problem))
        except (sqlite3.Error, msgspec.DecodeError, TypeError):
            return  # a damaged page or row: what it held is read again

    def _write(self) -> None:
        """Put what waits into the file, in one short transaction, so that other runs need not wait."""
        rows = [_row(fact, self._run) for facts in self._waiting.values() for fact in facts]
        if not rows:
            return
        with contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.executemany(_INSERT, rows)
            self._forget_waiting()
        if self._bytes >= WRITE_BYTES:  # the disk is full or locked, and memory must stay bounded
            self._forget_waiting()

    def _forget_waiting(self) -> None:
        self._waiting, self._count, self._bytes = {}, 0, 0


@contextlib.contextmanager
def open_cache(folder: Path) -> Iterator[FactCache]:
    """Open (or make) the cache in `folder`; one that SQLite cannot read is started afresh.

    Where the folder cannot be written, the cache lives in memory for this run.
    """
    cache = FactCache(sqlite_file.opened(folder, _FILE, _SCHEMA))
    try:
        yield cache
    finally:
        cache.close()


def _row(fact: Fact, run: int) -> tuple[bytes, str, int, bytes, bytes | None, int]:
    problem = msgspec.msgpack.encode(fact.problem) if fact.problem else None
    return bytes.fromhex(fact.sha256), fact.reader, fact.reader_version, fact.value, problem, run


def _problem(blob: bytes | None) -> Problem | None:
    return msgspec.msgpack.decode(blob, type=Problem) if blob else None
