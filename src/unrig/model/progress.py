"""How far a run is: counts that grow as results arrive, told to whoever wants to show them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Progress(Struct, frozen=True, kw_only=True):
    """How far one step is."""

    step: str
    """What is done: `vetting`, `hunting`."""
    files: int
    of: int
    """Files known so far; it grows while containers are opened."""
    bytes: int
    events: int
    what: str
    """The file read last, as untrusted as the release it is of."""


Report = Callable[[Progress], None]
"""Called for every file or block that was read, in the reading process: it must return at once."""


def silent(_: Progress) -> None:
    """Show nothing."""


class Counter(Struct, kw_only=True):
    """The counts of one step; the one value here that grows."""

    step: str = ""
    report: Report = silent
    files: int = 0
    of: int = 0
    bytes: int = 0
    events: int = 0


def expect(counter: Counter, files: int) -> None:
    """Say that so many more files are to be read."""
    counter.of += files


def done(counter: Counter, what: str, *, files: int = 1, size: int = 0, events: int = 0) -> None:
    """Count what was read, and report."""
    counter.files += files
    counter.bytes += size
    counter.events += events
    counter.report(
        Progress(
            step=counter.step,
            files=counter.files,
            of=counter.of,
            bytes=counter.bytes,
            events=counter.events,
            what=what,
        )
    )
