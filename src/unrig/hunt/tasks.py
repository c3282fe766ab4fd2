"""What the parent asks of the workers that read telemetry, and what they answer."""

from __future__ import annotations

from msgspec import Struct

from unrig.hunt.streams import Rejected
from unrig.sandbox.call import Call, Limits

RANGE = 64 << 20
"""Bytes of a source that one task reads, where ranges can be read alone: about two seconds of work."""

PRELOAD = ("unrig.hunt.decode",)
"""What the pool that hunt is given must have imported."""

LIMITS = Limits(cpu_seconds=900, file_bytes=16 << 30)
"""A compressed source cannot be cut into ranges: 16 GiB of rows, at 30,000 a second, is what one may hold."""


class ReadTask(Struct, frozen=True, kw_only=True):
    """Which lines to read: those that start within the range."""

    source: str
    start: int
    end: int


class Segment(Struct, frozen=True, kw_only=True):
    """Where the rows of one event class stand in the output, as one Arrow IPC stream."""

    event_class: str
    offset: int
    length: int
    rows: int


class ReadOutcome(Struct, frozen=True, kw_only=True):
    """What one task read."""

    reader: str = ""
    """Id; empty where no reader knows the source."""
    observed: str = ""
    """What stands there instead, where no reader knows it."""
    segments: tuple[Segment, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    lines: int = 0
    """Lines that start within the range: what the next range's record numbers start from."""


READ = Call(function="unrig.hunt.decode:read_range", argument=ReadTask, result=ReadOutcome)
