"""A small fleet: devices of some customers, what each has, and what its sensor lacks. All drawn from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

from unrig.drill.build.events import Lack
from unrig.drill.build.seeds import between, pick, stream
from unrig.drill.build.world import COUNTRIES

T = TypeVar("T")

DEVICES = 20
BLIND = 6
"""Devices that lack a source: 30 of 100."""
CUSTOMERS = ("Alder Freight", "Brindle Bank", "Cedar Clinics", "Dunlin Foods", "Elm Street Legal", "Fennel Energy")
_WORDS = ("desk", "front", "lab", "nb", "office", "pc", "ws")
_LACKS = (Lack.MODULES, Lack.DNS, Lack.NETWORK, Lack.HASHES, Lack.ALL)


class Device(Struct, frozen=True, kw_only=True):
    """One device of the hunted fleet."""

    name: str
    user: str
    customer: str
    country: str
    updates: bool
    """Whether it takes the rigged update."""
    has_product: bool
    contacts: bool
    """Whether the dormancy ends within the telemetry."""
    visited: bool
    """Whether somebody then works on it by hand."""
    lack: Lack
    developer: bool
    admin: bool


def shuffled(seed: int, label: str, items: Sequence[T]) -> list[T]:
    """Return the items in an order drawn for the label."""
    return [item for _, item in sorted(enumerate(items), key=lambda each: stream(seed, f"{label}/{each[0]}", 16))]


def customers(seed: int) -> tuple[str, ...]:
    """Return three customers of the fleet and the inventory, sorted."""
    return tuple(sorted(shuffled(seed, "customers", CUSTOMERS)[:3]))


def country_of(seed: int, customer: str) -> str:
    """Return where a customer is."""
    return pick(seed, f"country/{customer}", COUNTRIES)


def fleet(seed: int) -> tuple[Device, ...]:
    """Return the devices: 11 to 14 with the product, 2 to 4 of them not updated, 4 to 6 that contact, 1 to 3 visited.

    The first that is visited lacks nothing, so that every stage can be seen somewhere; of those that contact, at
    least one lacks a source, so that something cannot be seen.
    """
    order = shuffled(seed, "fleet", range(DEVICES))
    having = between(seed, "having", 11, 14)
    updating = having - between(seed, "not updated", 2, 4)
    contacting = between(seed, "contacting", 4, 6)
    visited = between(seed, "visited", 1, 3)
    rest = shuffled(seed, "blind", range(contacting, DEVICES))
    blind = [between(seed, "blind contact", 1, contacting - 1), *rest][:BLIND]
    lacks = {rank: pick(seed, f"lack/{rank}", _LACKS) for rank in blind}
    return tuple(
        Device(
            name=f"{pick(seed, f'word/{number}', _WORDS)}-{number + 1:03}".upper(),
            user=f"FLEET\\user{number + 1:02}",
            customer=(customer := pick(seed, f"customer/{number}", customers(seed))),
            country=country_of(seed, customer),
            has_product=rank < having,
            updates=rank < updating,
            contacts=rank < contacting,
            visited=rank < visited,
            lack=lacks.get(rank, Lack.NOTHING),
            developer=rank % 7 == 3,
            admin=rank in (1, DEVICES - 1),
        )
        for number, rank in enumerate(order)
    )
