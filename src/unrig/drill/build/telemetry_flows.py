"""A day's connections of a whole fleet, drawn at once: what every network has, and what the incident adds to it.

Background: people browse (and visit code-hosting sites), mail and news, updaters and small tools ask for updates,
clocks are set, other products report home at regular hours, a chat keeps its line open, the product itself checks for
updates, keeps its line and makes calls to bare addresses, developers' tools and administrators' scripts fetch code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from unrig.drill.build.telemetry_draws import Numbers, numbers
from unrig.drill.build.telemetry_plan import Campaign, Seat, working
from unrig.drill.build.world import CODE_SITES, SCRIPT_SOURCE, UPDATE_CHECKS

MINUTE = 60_000
HOUR = 60 * MINUTE
_NEWS = (
    "gazette.invalid",
    "intranet.fleet.invalid",
    "mail.fleet.invalid",
    "maps.invalid",
    "shop.invalid",
    "video.invalid",
)


class Program(IntEnum):
    """Who connects."""

    BROWSER = 0
    SYSTEM = 1
    CHAT = 2
    REPORTER = 3
    TOOL = 4
    GIT = 5
    SHELL = 6
    PRODUCT = 7


class Stage(IntEnum):
    """What of the incident an event shows."""

    NOTHING = 0
    RELEASE = 1
    DEAD_DROP = 2
    BEACON = 3
    STEALER = 4
    HANDS = 5


class Flows(Struct, frozen=True, kw_only=True):
    """Connections, one an element, in the order of time."""

    seat: Numbers
    at: Numbers
    """Milliseconds from midnight."""
    program: Numbers
    host: Numbers
    """Place in the list of hosts."""
    port: Numbers
    sent: Numbers
    received: Numbers
    stage: Numbers


class Fleet(Struct, frozen=True, kw_only=True):
    """What connects, and to what."""

    seed: int
    shared: Campaign
    seats: Sequence[Seat]
    product: str
    hosts: Sequence[str]


class Habit(Struct, frozen=True, kw_only=True):
    """What one kind of program does on some seats every day."""

    label: str
    program: Program
    hosts: tuple[str, ...]
    low: int
    high: int
    """Connections a day."""
    hours: tuple[int, int] = (7, 17)
    weekends: bool = False
    port: int = 443
    regular: bool = False
    """At even distances, but for some seconds, instead of at any time."""


def habits(product: str) -> dict[str, Habit]:
    """Return every habit of the fleet by its label."""
    own = product.lower()
    found = (
        Habit(label="news", program=Program.BROWSER, hosts=_NEWS, low=3, high=11),
        Habit(label="code", program=Program.BROWSER, hosts=CODE_SITES, low=0, high=1),
        Habit(
            label="clock",
            program=Program.SYSTEM,
            hosts=("time.fleet.invalid",),
            low=3,
            high=3,
            hours=(0, 24),
            weekends=True,
            port=123,
            regular=True,
        ),
        Habit(
            label="updates",
            program=Program.SYSTEM,
            hosts=("winupdate.invalid", "delivery.winupdate.invalid"),
            low=1,
            high=3,
            hours=(0, 24),
            weekends=True,
        ),
        Habit(label="chat", program=Program.CHAT, hosts=("line.parleychat.invalid",), low=8, high=8, regular=True),
        Habit(
            label="report",
            program=Program.REPORTER,
            hosts=("report.inventoryagent.invalid",),
            low=4,
            high=4,
            hours=(0, 24),
            weekends=True,
            regular=True,
        ),
        Habit(label="tool", program=Program.TOOL, hosts=(UPDATE_CHECKS,), low=1, high=1),
        Habit(label="git", program=Program.GIT, hosts=CODE_SITES, low=0, high=3),
        Habit(label="script", program=Program.SHELL, hosts=(SCRIPT_SOURCE,), low=0, high=1),
        Habit(label="product check", program=Program.PRODUCT, hosts=(f"update.{own}.invalid",), low=1, high=1),
        Habit(
            label="product line", program=Program.PRODUCT, hosts=(f"line.{own}.invalid",), low=4, high=4, regular=True
        ),
        Habit(
            label="call",
            program=Program.PRODUCT,
            hosts=tuple(f"peer{at}.invalid" for at in range(40)),
            low=0,
            high=2,
            port=3478,
        ),
    )
    return {each.label: each for each in found}


def all_hosts(product: str, shared: Campaign) -> tuple[str, ...]:
    """Return every host of the telemetry, sorted."""
    common = {host for each in habits(product).values() for host in each.hosts}
    return tuple(sorted(common | {shared.dead_drop, *shared.servers}))


def day_flows(fleet: Fleet, day: int) -> Flows:
    """Return all connections of one day, ordered by time and seat."""
    places = {host: at for at, host in enumerate(fleet.hosts)}
    parts = [*_background(fleet, places, day), *_incident(fleet, places, day)]
    joined = np.concatenate(parts, axis=1)
    order = np.lexsort((joined[0], joined[1]))
    seat, at, program, host, port, sent, received, stage = joined[:, order]
    return Flows(seat=seat, at=at, program=program, host=host, port=port, sent=sent, received=received, stage=stage)


def _background(fleet: Fleet, places: dict[str, int], day: int) -> Iterator[NDArray[np.int64]]:
    has: dict[str, list[bool]] = {
        "tool": [each.tool for each in fleet.seats],
        "git": [each.developer for each in fleet.seats],
        "script": [each.admin for each in fleet.seats],
    }
    has |= {label: [each.has_product for each in fleet.seats] for label in ("product check", "product line", "call")}
    for habit in habits(fleet.product).values():
        if habit.weekends or working(fleet.shared, day):
            who = np.array(has.get(habit.label, [True] * len(fleet.seats)))
            yield _habit(fleet.seed, habit, who, places, day)


def _habit(seed: int, habit: Habit, who: NDArray[np.bool_], places: dict[str, int], day: int) -> NDArray[np.int64]:
    """Return the connections of one habit on one day: eight rows as `Flows` has them."""
    label = f"flow/{habit.label}/{day}"
    counts = numbers(seed, label, len(who), habit.low, habit.high) * who
    seat = np.repeat(np.arange(len(who)), counts)
    first, last = (hour * HOUR for hour in habit.hours)
    at = numbers(seed, f"{label}/at", len(seat), first, last - 1)
    if habit.regular:
        turn = np.arange(len(seat)) - np.repeat(np.cumsum(counts) - counts, counts)
        every = (last - first) // max(1, habit.high)
        offset = numbers(seed, f"flow/{habit.label}/offset", len(who), 0, every - 10 * MINUTE)
        at = first + offset[seat] + turn * every + numbers(seed, f"{label}/late", len(seat), 0, 9_000)
    where = np.array([places[host] for host in habit.hosts])[
        numbers(seed, f"{label}/host", len(seat), 0, len(habit.hosts) - 1)
    ]
    return _rows(seed, label, seat, at, _To(program=habit.program, host=where, port=habit.port))


def _incident(fleet: Fleet, places: dict[str, int], day: int) -> Iterator[NDArray[np.int64]]:
    """Yield the dead drop's visits and the beacons of one day, while the product runs."""
    seed = fleet.seed
    asking = np.array([each.number for each in fleet.seats if each.contact == day], dtype=np.int64)
    if len(asking):
        at = numbers(seed, f"flow/drop/{day}", len(asking), 8 * HOUR, 15 * HOUR)
        where = np.full(len(asking), places[fleet.shared.dead_drop])
        to = _To(program=Program.PRODUCT, host=where, port=443, stage=Stage.DEAD_DROP)
        yield _rows(seed, f"flow/drop/{day}/size", asking, at, to)
    calling = np.array(
        [each.number for each in fleet.seats if each.beacons and 0 <= each.contact < day], dtype=np.int64
    )
    if len(calling) and working(fleet.shared, day):
        yield _beacons(seed, fleet.shared, calling, places, day)


def _beacons(seed: int, shared: Campaign, calling: Numbers, places: dict[str, int], day: int) -> NDArray[np.int64]:
    every = shared.interval * MINUTE
    turns = (17 - 7) * HOUR // every
    seat, turn = np.repeat(calling, turns), np.tile(np.arange(turns), len(calling))
    span = every * shared.jitter // 100
    late = numbers(seed, f"flow/beacon/{day}", len(seat), -span, span)
    at = np.clip(7 * HOUR + every // 2 + turn * every + late, 7 * HOUR, 17 * HOUR)
    servers = np.array([places[host] for host in shared.servers])
    to = _To(program=Program.PRODUCT, host=servers[seat % len(servers)], port=443, stage=Stage.BEACON)
    return _rows(seed, f"flow/beacon/{day}/size", seat, at, to)


class _To(Struct, frozen=True, kw_only=True):
    """Who connects whereto, and what it shows."""

    program: Program
    host: Numbers
    port: int
    stage: Stage = Stage.NOTHING


def _rows(seed: int, label: str, seat: Numbers, at: Numbers, to: _To) -> NDArray[np.int64]:
    """Return the eight rows of `Flows`; beacons say little and always about the same."""
    sent, received = ((310, 360), (580, 660)) if to.stage is Stage.BEACON else ((200, 9_000), (400, 250_000))
    count = len(seat)
    same = (np.full(count, to.program), to.host, np.full(count, to.port))
    sizes = numbers(seed, f"{label}/sent", count, *sent), numbers(seed, f"{label}/received", count, *received)
    return np.stack([seat, at, *same, *sizes, np.full(count, to.stage)]).astype(np.int64)
