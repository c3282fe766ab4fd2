"""The journal of a case: append only, one JSON object a line, each line naming the SHA-256 of the line before.

A line is hashed without its newline; the first names ORIGIN. A changed, lost or inserted line breaks the chain at
that line. A cut tail does not: that shows by the revision in case.toml, or by a head noted elsewhere.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.case import JournalEntry
from unrig.store import durable

ORIGIN = "0" * 64
"""What the first line names as the one before it."""
MAX_JOURNAL_BYTES = 256 << 20
"""Some 400,000 steps of 600 bytes: a case has tens to thousands."""

_DECODER = msgspec.json.Decoder(JournalEntry)


class Break(Struct, frozen=True, kw_only=True):
    """A place where the journal is not what was written."""

    line: int
    """From 1."""
    expected: str
    observed: str


class Journal(Struct, frozen=True, kw_only=True):
    """A journal as read: its entries, where its chain breaks, and the torn end a killed process may leave."""

    entries: tuple[JournalEntry, ...]
    head: str
    """SHA-256 of the last whole line; ORIGIN for an empty journal."""
    lines: int
    """Whole lines, readable or not."""
    breaks: tuple[Break, ...] = ()
    torn: bytes = b""
    """What follows the last newline: no entry, since an entry counts from its newline on."""


class _Link(Struct, frozen=True):
    entry: JournalEntry | None
    breaks: tuple[Break, ...]


def read(path: Path) -> Journal:
    """Return the journal at `path`, empty where there is none. Raises FormatError, LimitError and OSError as `durable`."""
    try:
        data = durable.read_whole(path, MAX_JOURNAL_BYTES)
    except FileNotFoundError:
        data = b""
    return parse(data)


def parse(data: bytes) -> Journal:
    """Return what the bytes of a journal say; damage is in `breaks` and `torn`, never raised."""
    *lines, torn = data.split(b"\n")
    links, previous = [], ORIGIN
    for number, line in enumerate(lines, 1):
        links.append(_link(number, line, previous))
        previous = hashlib.sha256(line).hexdigest()
    return Journal(
        entries=tuple(link.entry for link in links if link.entry is not None),
        head=previous,
        lines=len(lines),
        breaks=tuple(found for link in links for found in link.breaks),
        torn=torn,
    )


def append(path: Path, entry: JournalEntry) -> None:
    """Add an entry as one line and sync it; a torn end, which is no entry, is cut off first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        data = file.read()
        file.seek(len(data) - len(data.rpartition(b"\n")[2]))
        file.truncate()
        file.write(msgspec.json.encode(entry) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _link(number: int, line: bytes, previous: str) -> _Link:
    try:
        entry = _DECODER.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:  # bytes that are not UTF-8 give a ValueError
        unreadable = Break(line=number, expected="a journal entry", observed=str(error))
        return _Link(None, (unreadable,))
    return _Link(entry, _faults(number, entry, previous))


def _faults(number: int, entry: JournalEntry, previous: str) -> tuple[Break, ...]:
    wanted = (("previous", previous, entry.previous), ("number", str(number), str(entry.number)))
    return tuple(
        Break(line=number, expected=f"{field} {expected}", observed=observed)
        for field, expected, observed in wanted
        if expected != observed
    )
