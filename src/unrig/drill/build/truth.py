"""What a drill knows of itself: drawn by its generator from the seed, before any verb or rule has seen a byte."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec
from msgspec import Struct

TRUTH_FILE = "truth.json"


class PlaceTruth(Struct, frozen=True, kw_only=True):
    """Bytes of a file that were not its maker's."""

    what: str
    offset: int
    size: int


class HiddenTruth(Struct, frozen=True, kw_only=True):
    """One file that was rigged."""

    path: str
    """In the release."""
    sha256: str
    how: str
    """reader, carrier, program or image."""
    places: tuple[PlaceTruth, ...] = ()
    """What hides in it, where that is data; a finding should point there."""
    told: str = "high"
    """The least severity at which the file should be named, beside the release that it is compared with; empty where
    nothing in it can be told from its maker's work."""


class VetTruth(Struct, frozen=True, kw_only=True):
    """One release on disk, and what may be said of it."""

    role: str
    path: str
    """Relative to the drill's folder; a file or a folder."""
    version: str
    beside: str = ""
    """Role of the release that it is compared with; empty for none."""
    verdicts: tuple[str, ...]
    """Every verdict that is right of it, so compared; any other is a miss or a false alarm."""
    alone: tuple[str, ...] = ()
    """The same without any comparison; empty where that is not asked."""
    rigged: bool = False
    hidden: tuple[HiddenTruth, ...] = ()


class Line(Struct, frozen=True, kw_only=True):
    """One telltale event in the telemetry."""

    file: str
    """Relative to the drill's folder."""
    record: int
    """Line number, from 1."""


class StageTruth(Struct, frozen=True, kw_only=True):
    """One thing that happened on one device."""

    device: str
    stage: str
    first: dt.datetime
    what: str
    """The module, hash or host that shows it."""
    lines: tuple[Line, ...]
    """Every event that shows it; empty where the device's telemetry cannot."""
    fitting: tuple[Line, ...] = ()
    """Events of it that show nothing by themselves."""
    why_not: str = ""
    """Which source the device lacks, where there are no lines."""


class DeviceTruth(Struct, frozen=True, kw_only=True):
    """One device of the hunted fleet."""

    id: str
    customer: str
    country: str
    has: str
    """Role of the release it ended up with; empty where it has none."""
    lacks: str = ""
    """The sources that its telemetry lacks."""
    addresses: tuple[str, ...] = ()
    """By which sensors that know no names call it."""


class HuntTruth(Struct, frozen=True, kw_only=True):
    """The fleet, what happened on it, and where the logs of both fleets stand."""

    telemetry: str
    twin: str
    """Telemetry of the same fleet that never took the rigged build, but the repaired one, in the same way; empty where
    there is none."""
    alarm: str = "medium"
    """The severity from which on a sighting takes somebody's time: of what did not happen, it is a false alarm."""
    dormancy: tuple[int, int] = (0, 0)
    """Days from installation to first contact, least and most; 0 where none is drawn."""
    devices: tuple[DeviceTruth, ...]
    stages: tuple[StageTruth, ...]


class Count(Struct, frozen=True, kw_only=True):
    """Devices of one customer in one state."""

    customer: str
    devices: int


class ScopeTruth(Struct, frozen=True, kw_only=True):
    """What the inventory and the SBOMs hold."""

    inventory: str
    sboms: str
    devices: int
    """Distinct devices in the inventory: the denominator."""
    affected: tuple[Count, ...]
    """Where a row says a hash of the rigged release's own."""
    telling: int
    """Devices of which a row says the hash of a file that only the rigged release has, and that is not rigged itself:
    to call them affected is as right as to ask."""
    undecided: int
    """Devices that have the rigged release, where no row says the hash of what was rigged (the telling ones are among
    them): never to be cleared."""
    fixed: int
    """Devices of which a row says a hash that only the repaired build has."""
    innocent: int
    """Devices that have the release before or after the rigged one."""
    embedded: tuple[str, ...]
    """Products whose SBOM names a rigged file or the rigged package by hash."""
    not_embedded: tuple[str, ...]


class ClaimsTruth(Struct, frozen=True, kw_only=True):
    """What was said, and on how many sources it rests."""

    claims: str
    reports: int
    roots: int
    unrooted: tuple[str, ...]
    """Relays that lead to no root."""


class RespondTruth(Struct, frozen=True, kw_only=True):
    """What may be denied, and what never."""

    deny_sha256: tuple[str, ...]
    never_block: tuple[str, ...]
    """Authenticode hashes that genuine files share."""
    fix: str
    """Path of the repaired build."""


class Truth(Struct, frozen=True, kw_only=True):
    """Ground truth of one drill; a part that it does not have is None."""

    notice: str = "An inert drill of unrig. No product, organisation or attack in it exists."
    incident: str
    seed: int
    policy: str
    releases: tuple[VetTruth, ...]
    hunt: HuntTruth | None = None
    scope: ScopeTruth | None = None
    claims: ClaimsTruth | None = None
    respond: RespondTruth | None = None


class Built(Struct, frozen=True, kw_only=True):
    """A drill: its files by relative path, and what is true of them."""

    files: dict[str, bytes]
    truth: Truth


class Telemetry(Protocol):
    """A telemetry too large to be held: its files one after another, and the truth once all are made."""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield paths and contents."""

    def truth(self) -> HuntTruth:
        """Return what is true of them."""


class Incident(Struct, frozen=True, kw_only=True):
    """One replay that can be built from any seed."""

    id: str
    title: str
    build: Callable[[int], Built]
    telemetry: Callable[[int, int], Telemetry] | None = None
    """By seed and number of devices; None where the incident has none, or has it in what `build` returns."""


def moment_of(seconds: int) -> dt.datetime:
    """Return the moment in UTC of Unix seconds."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def encode(truth: Truth) -> bytes:
    """Return the truth as it stands on disk."""
    return msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n"


def decode(data: bytes) -> Truth:
    """Return the truth that was written. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=Truth)
