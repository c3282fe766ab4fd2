"""Telemetry as it streams: sources, batches, and what a hunt sees in them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from unrig.model.levels import Severity
from unrig.model.moment import Window
from unrig.model.place import EventRef

if TYPE_CHECKING:
    from pyarrow import RecordBatch

Fills = dict[str, frozenset[str]]
"""Event class to the columns that are filled (readers) or needed (analytics and leads)."""


class Source(Struct, frozen=True, kw_only=True):
    """One telemetry file and what was read from it. Times in UTC."""

    id: str
    path: str
    sha256: str
    kind: str
    """Id of the reader."""
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    rows: int = 0
    rejected: int = 0
    repeats: int = 0
    """Rows that say the same as an earlier one, of this source or another; they count once."""
    misdated: int = 0
    """Rows whose time lies in the future, before there was such telemetry, or far from all others of the source."""
    device: str = ""
    """Where the whole file is from one device."""


class Batch(Struct, frozen=True, kw_only=True):
    """One Arrow record batch of one event class, in the schema of `data/events.toml`."""

    event_class: str
    rows: RecordBatch | Any


class Triage(Struct, frozen=True, kw_only=True):
    """What a person decided about a sighting, kept for the next run."""

    state: str = "open"
    """open, true or benign."""
    reason: str = ""
    owner: str = ""
    expires: dt.date | None = None


class Triaged(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decision in a triage file: about which sighting, what, why, by whom, until when."""

    sighting: str
    """Id, the same in every run over the same devices."""
    state: Literal["true", "benign"]
    reason: str
    owner: str
    expires: dt.date
    """Last day on which it counts."""


class TriageFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The triage file: what people decided, kept from run to run."""

    triage: tuple[Triaged, ...] = ()


class Sighting(Struct, frozen=True, kw_only=True):
    """One thing seen on one device: an analytic's or a lead's rows, counted, with the first few as references."""

    id: str
    of: str
    """Id of the analytic or lead."""
    title: str
    device: str
    user: str = ""
    process: str = ""
    first: dt.datetime
    last: dt.datetime
    count: int
    stage: str
    techniques: tuple[str, ...] = ()
    severity: Severity
    scores: dict[str, float] = field(default_factory=dict)
    detail: str = ""
    """What a person reads first: the module, the domain, the hash."""
    rows: tuple[EventRef, ...] = ()
    """At most 20."""
    triage: Triage = Triage()


class Seen(StrEnum):
    """What a hunt can say about one question on one device."""

    SEEN = "seen"
    NOT_SEEN = "not_seen"
    NOT_OBSERVABLE = "not_observable"


class Observability(Struct, frozen=True, kw_only=True):
    """Whether one analytic or lead could have been seen on a device (or group) in a period; computed, never prose."""

    of: str
    title: str = ""
    """What a person calls it."""
    device: str
    """A device id, or `*` for all."""
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    silent: tuple[Window, ...] = ()
    """Stretches of three whole days or more, within the time of the hunt, in which the device logged nothing of what this
    needs: the answer does not hold for them."""
    state: Seen
    why: str
    power: str = ""
    """What would have shown, in this period."""
    remedy: str = ""
    """The audit setting or sensor field that would show it."""


class DeviceSummary(Struct, frozen=True, kw_only=True):
    """What a hunt says of one device."""

    device: str
    stages: tuple[str, ...]
    score: float
    """0 to 100: how sure it is that the release ran and acted here."""
    timeline: tuple[str, ...]
    """Sighting ids in order of time."""


MAX_ROWS = 20
