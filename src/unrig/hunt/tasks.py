"""What the parent asks of the workers that read telemetry, and what they answer."""

from __future__ import annotations

from msgspec import Struct

from unrig.hunt.kinds import Cut
from unrig.hunt.streams import Layer, Member, Rejected
from unrig.sandbox.call import Call, Limits

RANGE = 64 << 20
"""Bytes of a source that one task reads, where ranges can be read alone: about two seconds of work."""

LEAST_RANGE = 4 << 20
"""Bytes of a source below which a further task costs more than it gains."""
SHARES = 4
"""Tasks that a source is cut into at least, where it is large enough, so that one log alone keeps more than one worker busy."""

PRELOAD = ("unrig.hunt.decode",)
"""What the pool that hunt is given must have imported."""

LIMITS = Limits(cpu_seconds=900, file_bytes=16 << 30)
"""A compressed source cannot be cut into ranges: 16 GiB of rows, at 30,000 a second, is what one may hold."""


def range_of(size: int) -> int:
    """Return how many bytes one task reads of a source of that size, which can be cut anywhere or between lines."""
    return min(RANGE, max(LEAST_RANGE, -(-size // SHARES)))


MARKS = 4096
"""Lines with a number sign up to which a source is cut."""


class LookTask(Struct, frozen=True, kw_only=True):
    """Which file to look at: its first `limit` bytes."""

    limit: int


class Part(Struct, frozen=True, kw_only=True):
    """One source in a file: the file itself, or a member of an archive."""

    name: str = ""
    """Of the member."""
    reader: str = ""
    """Id; empty where no reader knows the source."""
    observed: str = ""
    """What stands there instead, where no reader knows it."""
    layers: tuple[Layer, ...] = ()
    member: Member | None = None
    cut: Cut = Cut.WHOLE
    marks: tuple[int, ...] = ()
    """Offsets of the lines that start with a number sign, where the reader needs them."""


class Looked(Struct, frozen=True, kw_only=True):
    """What a file is."""

    parts: tuple[Part, ...]


class ReadTask(Struct, frozen=True, kw_only=True):
    """Which lines to read: those that start within the range."""

    source: str
    part: Part
    start: int
    end: int
    limit: int
    """Bytes of the file that were there when the hunt began."""


class Segment(Struct, frozen=True, kw_only=True):
    """Where the rows of one event class stand in the output, as one Arrow IPC stream."""

    event_class: str
    offset: int
    length: int
    rows: int


class ReadOutcome(Struct, frozen=True, kw_only=True):
    """What one task read."""

    segments: tuple[Segment, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    lines: int = 0
    """Lines that start within the range: what the next range's record numbers start from."""


LOOK = Call(function="unrig.hunt.decode:look", argument=LookTask, result=Looked)
READ = Call(function="unrig.hunt.decode:read_range", argument=ReadTask, result=ReadOutcome)
