"""Rows to devices, devices to exposures: each device counted once, each count with what it is a part of.

Memory grows with distinct devices (one dictionary entry each) and with devices that have the product, not with rows.
A device is one name at one customer: two customers may both have a `PC-01`.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TypedDict, assert_never

from msgspec import Struct, field

from unrig.model.device import device_id
from unrig.model.exposure import (
    Affected,
    Counted,
    Exposure,
    Fixed,
    InventoryRow,
    NotAffected,
    UnderInvestigation,
    exposure_id,
)
from unrig.model.identity import Identity
from unrig.scope.match import Decision, MatchIndex, State, decide, product_name

JUSTIFICATION = "vulnerable_code_not_present"
"""The VEX label for: the product is there, the rigged bytes are not (VEX status justifications, CISA, June 2022)."""


class Place(Struct, frozen=True, kw_only=True, order=True):
    """Where a device counts."""

    customer: str = ""
    country: str = ""
    platform: str = ""


class Hit(Struct, frozen=True, kw_only=True, order=True):
    """One thing of the product on one device; `decision` is its number in the tally."""

    decision: int
    product: str
    version: str


class Tally(Struct, kw_only=True):
    """Counts so far; grows while rows stream by."""

    devices: dict[tuple[str, str], int] = field(default_factory=dict)
    """(customer, device id) to a number."""
    places: dict[Place, int] = field(default_factory=dict)
    spots: list[Place] = field(default_factory=list)
    """The places by number."""
    place_of: array[int] = field(default_factory=lambda: array("L"))
    """Number of its place for each device."""
    decisions: dict[tuple[str, ...], int] = field(default_factory=dict)
    decided: list[Decision] = field(default_factory=list)
    hits: dict[int, set[Hit]] = field(default_factory=dict)
    """Only for devices of which a row says something."""


class Totals(Struct, frozen=True, kw_only=True):
    """Distinct devices, each in its worst state only."""

    devices: int
    by_state: dict[str, int]
    without: int
    """Devices of which no row speaks of the product."""


def add_row(tally: Tally, row: InventoryRow, index: MatchIndex) -> None:
    """Count one row."""
    device = _device(tally, row)
    decision = decide(row, index)
    if decision is not None:
        hit = Hit(decision=_number(tally, decision), product=product_name(row, index), version=row.version)
        tally.hits.setdefault(device, set()).add(hit)


def exposures(tally: Tally, action: str) -> tuple[Exposure, ...]:
    """Return one exposure for each thing found, worst first, with its counts by product, version and place.

    A device counts only in its worst state; `action` is what holders of the rigged thing must do.
    """
    population = Counter(tally.place_of)
    counts: dict[int, Counter[tuple[str, str, int]]] = {}
    held: Counter[int] = Counter()
    for device, hits in tally.hits.items():
        worst = _worst(tally, hits)
        held.update({hit.decision for hit in worst})
        for hit in worst:
            counts.setdefault(hit.decision, Counter())[(hit.product, hit.version, tally.place_of[device])] += 1
    found = [
        _exposure(
            tally.decided[number],
            _groups(groups, tally.spots, population),
            devices=held[number],
            denominator=len(tally.devices),
            action=action,
        )
        for number, groups in counts.items()
    ]
    return tuple(sorted(found, key=_order))


def totals(tally: Tally) -> Totals:
    """Return how many devices there are, and how many in each state."""
    states = Counter(_state(tally, hits).name.lower() for hits in tally.hits.values())
    return Totals(
        devices=len(tally.devices), by_state=dict(sorted(states.items())), without=len(tally.devices) - len(tally.hits)
    )


def _device(tally: Tally, row: InventoryRow) -> int:
    key = (row.customer, device_id(row.device) or row.device)
    place = Place(customer=row.customer, country=row.country, platform=row.platform)
    number = tally.devices.setdefault(key, len(tally.devices))
    if number == len(tally.place_of):
        tally.place_of.append(_spot(tally, place))
    elif tally.spots[tally.place_of[number]] != place:
        tally.place_of[number] = _spot(tally, _merged(tally.spots[tally.place_of[number]], place))
    return number


def _spot(tally: Tally, place: Place) -> int:
    number = tally.places.setdefault(place, len(tally.spots))
    if number == len(tally.spots):
        tally.spots.append(place)
    return number


def _merged(known: Place, said: Place) -> Place:
    """Return one place of two that rows give for a device: what is said beats what is not, then the alphabet."""
    return Place(
        customer=known.customer,
        country=_either(known.country, said.country),
        platform=_either(known.platform, said.platform),
    )


def _either(first: str, second: str) -> str:
    return min(filter(None, (first, second)), default="")


def _number(tally: Tally, decision: Decision) -> int:
    number = tally.decisions.setdefault(_key(decision), len(tally.decided))
    if number == len(tally.decided):
        tally.decided.append(decision)
    return number


def _key(decision: Decision) -> tuple[str, ...]:
    thing = decision.identity
    said = (thing.sha256, thing.name, thing.version, thing.platform, thing.arch, thing.purl)
    return (decision.state.name, *said, *decision.matched_by, *decision.missing)


def _state(tally: Tally, hits: set[Hit]) -> State:
    return max(tally.decided[hit.decision].state for hit in hits)


def _worst(tally: Tally, hits: set[Hit]) -> set[Hit]:
    state = _state(tally, hits)
    return {hit for hit in hits if tally.decided[hit.decision].state is state}


def _groups(
    counts: Counter[tuple[str, str, int]], places: list[Place], population: Counter[int]
) -> tuple[Counted, ...]:
    groups = [
        Counted(
            product=product,
            version=version,
            platform=places[place].platform,
            customer=places[place].customer,
            country=places[place].country,
            devices=devices,
            denominator=population[place],
        )
        for (product, version, place), devices in counts.items()
    ]
    return tuple(sorted(groups, key=lambda g: (-g.devices, g.product, g.version, g.platform, g.customer, g.country)))


def _order(exposure: Exposure) -> tuple[int, int, str]:
    rank = {Affected: 0, UnderInvestigation: 1, Fixed: 2, NotAffected: 3}
    return rank[type(exposure)], -exposure.devices, exposure.id


class _Shared(TypedDict):
    """The fields that all four answers have."""

    id: str
    identity: Identity
    devices: int
    denominator: int
    matched_by: tuple[str, ...]
    reason: str
    groups: tuple[Counted, ...]


def _exposure(
    decision: Decision, groups: tuple[Counted, ...], *, devices: int, denominator: int, action: str
) -> Exposure:
    shared = _Shared(
        id=exposure_id(*_key(decision)),
        identity=decision.identity,
        devices=devices,
        denominator=denominator,
        matched_by=decision.matched_by,
        reason=decision.reason,
        groups=groups,
    )
    match decision.state:
        case State.AFFECTED:
            return Affected(**shared, action=action)
        case State.UNDER_INVESTIGATION:
            return UnderInvestigation(**shared, missing=decision.missing)
        case State.FIXED:
            return Fixed(**shared, by=decision.identity.sha256)
        case State.NOT_AFFECTED:
            return NotAffected(**shared, justification=JUSTIFICATION)
    assert_never(decision.state)
