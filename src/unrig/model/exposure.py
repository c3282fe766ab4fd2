"""Who has the release: the four answers of scope, each illegal without what makes it true."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from unrig.model.identity import Identity
from unrig.model.moment import Moment


class Counted(Struct, frozen=True, kw_only=True):
    """One roll-up: how many devices of a group, of how many."""

    product: str
    version: str
    platform: str
    customer: str
    country: str
    devices: int
    denominator: int
    """Devices of that customer, country and platform in the inventory, whatever they run."""


class Affected(Struct, frozen=True, kw_only=True, tag="affected"):
    """Devices that have a rigged thing, and what must be done."""

    id: str
    identity: Identity
    devices: int
    denominator: int
    matched_by: tuple[str, ...]
    """Keys of the identity that matched, as `sha256`."""
    since: Moment | None = None
    reason: str
    action: str
    groups: tuple[Counted, ...] = ()


class NotAffected(Struct, frozen=True, kw_only=True, tag="not_affected"):
    """Devices that have something of the product that is proven good; `justification` is a word of VEX."""

    id: str
    identity: Identity
    devices: int
    denominator: int
    matched_by: tuple[str, ...]
    since: Moment | None = None
    reason: str
    justification: str
    groups: tuple[Counted, ...] = ()


class Fixed(Struct, frozen=True, kw_only=True, tag="fixed"):
    """Devices that already have the repaired build."""

    id: str
    identity: Identity
    devices: int
    denominator: int
    matched_by: tuple[str, ...]
    since: Moment | None = None
    reason: str
    by: str
    """SHA-256 of the release that vet found good."""
    groups: tuple[Counted, ...] = ()


class UnderInvestigation(Struct, frozen=True, kw_only=True, tag="under_investigation"):
    """Devices that have the product, where the inventory cannot tell the rigged one from the good."""

    id: str
    identity: Identity
    devices: int
    denominator: int
    matched_by: tuple[str, ...]
    since: Moment | None = None
    reason: str
    missing: tuple[str, ...]
    """What the inventory would have to say: `sha256`."""
    groups: tuple[Counted, ...] = ()


Exposure = Affected | NotAffected | Fixed | UnderInvestigation


class Embedded(Struct, frozen=True, kw_only=True):
    """A product that contains the thing."""

    product: str
    component: str
    path: str
    says: str
    """sbom or bytes."""
    matched_by: str
    version: str = ""


class Unknown(Struct, frozen=True, kw_only=True):
    """Devices about which nothing can be said, and why."""

    reason: str
    devices: int


class InventoryRow(Struct, frozen=True, kw_only=True):
    """One thing on one device, as an inventory says."""

    device: str
    identity: Identity
    product: str
    version: str
    platform: str = ""
    arch: str = ""
    customer: str = ""
    country: str = ""
    seen: str = ""
    """RFC 3339, as given."""
    source: str
    record: int


def exposure_id(state: str, *keys: str) -> str:
    """Return 16 hex digits over the state and what identifies the exposure."""
    return hashlib.sha256("\n".join([state, *keys]).encode()).hexdigest()[:16]
