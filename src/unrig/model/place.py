"""Where something stands: a byte range, a key in structured data, or a telemetry record."""

from __future__ import annotations

from msgspec import Struct


class Span(Struct, frozen=True, kw_only=True):
    """A byte range inside *some* bytes, wherever those stand in a release (facts hold spans, never places)."""

    offset: int
    length: int
    window: str = ""
    """Hex of the first bytes of the range, at most 256 bytes."""
    sha256: str = ""
    """Of the whole range."""


class Range(Struct, frozen=True, kw_only=True, tag="range"):
    """A byte range of one artifact."""

    artifact: str
    offset: int
    length: int


class Key(Struct, frozen=True, kw_only=True, tag="key"):
    """A place in structured data: an MSI row, a JSON pointer, a registry value, a member name."""

    artifact: str
    key: str


class EventRef(Struct, frozen=True, kw_only=True, tag="event"):
    """One record of a telemetry source."""

    source: str
    record: int
    offset: int


Place = Range | Key | EventRef

WINDOW_BYTES = 256  # model.md: evidence windows are at most 256 bytes, so a document never carries a payload


class Evidence(Struct, frozen=True, kw_only=True):
    """What was seen at a place, enough that report and web never read the file again."""

    place: Place
    what: str
    expected: str = ""
    observed: str = ""
    window: str = ""
    sha256: str = ""
