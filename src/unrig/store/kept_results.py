"""What vet said of each release and what it was told by: enough to judge it again without its bytes.

A record names every file by its SHA-256; the facts about it stay in the fact cache. Losing a record costs time,
nothing else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.levels import Severity, VerdictWord
from unrig.model.problem import Problem
from unrig.store import sqlite_file

SIZE_CAP = 256 << 20
"""Bytes of records kept; a release of 1,500 files laid beside an earlier one takes some 200 KB. The oldest go."""
LONGEST_RECORD = 512 << 20
"""Bytes that a record may unfold to: the budget of a release ends well before."""
VERSION = 1
"""Of the layout below: what was written by another one is passed over."""
SHORTEST_PREFIX = 8
"""Hexadecimal digits of a SHA-256 that a person may type instead of all 64."""

FILE = "results.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL
);
"""
_OLDEST = """
DELETE FROM result WHERE rowid <= (
    SELECT rowid FROM (SELECT rowid, SUM(LENGTH(body)) OVER (ORDER BY rowid DESC) AS kept FROM result)
    WHERE kept > ? ORDER BY rowid DESC LIMIT 1)
"""


class KeptFile(Struct, frozen=True, array_like=True):
    """One file of a release, as the walk through it saw it."""

    path: str
    sha256: str
    size: int
    format: str
    container: str
    stored_as: str
    index: int


class Tree(Struct, frozen=True, kw_only=True):
    """One release as it was read: its files, and what was in the way."""

    release: Release
    name: str
    """Of the file or folder."""
    location: str = ""
    """Where it was; empty where no path leads back to it."""
    files: tuple[KeptFile, ...]
    problems: tuple[Problem, ...] = ()
    unopened: tuple[str, ...] = ()
    readers: tuple[int, ...] = ()
    """Versions of what told formats and members: what an older one listed may lack files."""
    rules: str = ""
    """Reader of the YARA rules that were in force."""


class KeptFinding(Struct, frozen=True, array_like=True):
    """One finding, short: enough to say what came and what went."""

    id: str
    rule: str
    severity: Severity
    waived: bool
    summary: str


class Head(Struct, frozen=True, kw_only=True):
    """What a list of results needs to know of one."""

    id: str
    release: Release
    verdict: VerdictWord
    at: dt.datetime
    location: str = ""
    """Where the release was; empty where no path leads back to it."""
    good: tuple[str, ...] = ()
    """SHA-256 of the known-good releases it rests on."""


class Body(Struct, frozen=True, kw_only=True):
    """What a result was made of, and what came of it."""

    subject: Tree
    baselines: tuple[Tree, ...] = ()
    upstreams: tuple[Tree, ...] = ()
    mirrors: tuple[Tree, ...] = ()
    unrig_version: str = ""
    complete: bool = True
    findings: tuple[KeptFinding, ...] = ()
    policy: str = ""
    """SHA-256 of the policy file; empty where there was none."""
    crls: int = 0
    """How many revocation lists were given."""


class Kept(Struct, frozen=True, kw_only=True):
    """One result with all it was made of."""

    head: Head
    body: Body


class KeptResults:
    """Results in one SQLite file, the oldest first. `open_results` makes it.

    Nothing that goes wrong with the file ever stops a run: what cannot be kept cannot be judged again, that is all.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take an open database."""
        self._connection = connection

    def keep(self, kept: Kept, instead_of: str = "") -> None:
        """Put a result in the place of an earlier one of the same, and of the one with the id `instead_of`."""
        row = (kept.head.id, VERSION, msgspec.msgpack.encode(kept.head), _packed(kept.body))
        with contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.execute("DELETE FROM result WHERE id IN (?, ?)", (kept.head.id, instead_of))
            self._connection.execute("INSERT INTO result VALUES (?, ?, ?, ?)", row)
            self._connection.execute(_OLDEST, (SIZE_CAP,))

    def heads(self) -> tuple[Head, ...]:
        """Return what is kept, the oldest first."""
        return tuple(self._heads())

    def body(self, head: Head) -> Body | None:
        """Return what a result was made of; None where it is gone or damaged."""
        try:
            row = self._connection.execute("SELECT body FROM result WHERE id = ?", (head.id,)).fetchone()
            return msgspec.msgpack.decode(_unpacked(row[0]), type=Body) if row else None
        except (sqlite3.Error, msgspec.DecodeError, zlib.error, TypeError):
            return None

    def size(self) -> int:
        """Return the bytes of all records."""
        try:
            total = self._connection.execute("SELECT COALESCE(SUM(LENGTH(body)), 0) FROM result").fetchone()
        except sqlite3.Error:
            return 0
        return int(total[0])

    def _heads(self) -> Iterator[Head]:
        asked = "SELECT head FROM result WHERE version = ? ORDER BY rowid"
        try:
            for (head,) in self._connection.execute(asked, (VERSION,)):
                yield msgspec.msgpack.decode(head, type=Head)
        except (sqlite3.Error, msgspec.DecodeError, TypeError):
            return  # a damaged page or row: what was read so far is good


@contextlib.contextmanager
def open_results(folder: Path) -> Iterator[KeptResults]:
    """Open (or make) the results in `folder`; a file that SQLite cannot read is started afresh."""
    connection = sqlite_file.opened(folder, FILE, _SCHEMA)
    try:
        yield KeptResults(connection)
    finally:
        connection.close()


def result_id(subject: Tree, beside: Iterable[Iterable[Tree]]) -> str:
    """Return 16 hexadecimal digits: the same release under the same name beside the same others is one result."""
    digest = hashlib.sha256(msgspec.msgpack.encode((subject.release.path, subject.release.sha256)))
    for others in beside:
        digest.update(msgspec.msgpack.encode(sorted(one.release.sha256 for one in others)))
    return digest.hexdigest()[:16]


def named(heads: Iterable[Head], name: str) -> tuple[Head, ...]:
    """Return the results of the release of this path, name or start of its SHA-256, the last one kept first."""
    place = _resolved(name)
    fits = [
        head
        for head in heads
        if name in (head.release.path, head.release.name, f"{head.release.name}@{head.release.version}")
        or (place and place == head.location)
        or (len(name) >= SHORTEST_PREFIX and head.release.sha256.startswith(name))
    ]
    return tuple(reversed(fits))


def _resolved(name: str) -> str:
    try:
        return str(Path(name).resolve())
    except (OSError, ValueError):
        return ""


def _packed(body: Body) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(body), level=1)


def _unpacked(blob: bytes) -> bytes:
    """Return what was packed. Raises zlib.error where it is damaged or unfolds to more than any record."""
    unfolding = zlib.decompressobj()
    plain = unfolding.decompress(blob, LONGEST_RECORD)
    if not unfolding.eof:
        raise zlib.error("expected a whole record")
    return plain
