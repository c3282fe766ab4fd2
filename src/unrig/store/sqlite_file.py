"""Opening a SQLite file of the cache: whatever is wrong with the file, a run goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

PATIENCE = 10.0
"""Seconds to wait for another unrig that writes; its transactions take some milliseconds."""


def opened(folder: Path, name: str, schema: str) -> sqlite3.Connection:
    """Open (or make) a database; one that SQLite cannot read is started afresh.

    Where the folder cannot be written or the file is locked, the database lives in memory for this run.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _prepared(str(folder / name), schema)
    except sqlite3.OperationalError:  # locked or not writable: leave the file alone
        return _prepared(":memory:", schema)
    except sqlite3.DatabaseError:
        return _afresh(folder, name, schema)
    except OSError:
        return _prepared(":memory:", schema)


def _afresh(folder: Path, name: str, schema: str) -> sqlite3.Connection:
    try:
        for one in (name, f"{name}-wal", f"{name}-shm"):
            (folder / one).unlink(missing_ok=True)
        return _prepared(str(folder / name), schema)
    except (sqlite3.Error, OSError):
        return _prepared(":memory:", schema)


def _prepared(path: str, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(schema)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
