"""A fleet on which a rigged installer is rolled out: who has what, what each sensor lacks, and what will happen when."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from msgspec import Struct

from unrig.drill.build.fleet import country_of, customers, shuffled
from unrig.drill.build.seeds import between, pick
from unrig.drill.build.telemetry_draws import chosen, numbers
from unrig.drill.build.world import DEAD_DROPS

HANDS = 3
"""Devices on which somebody works by hand."""
LACKING = 30
"""Of a hundred devices, those that lack one source or more."""
_WORDS = ("desk", "front", "lab", "nb", "office", "pc", "ws")
_C2 = ("azureline", "cdn-journal", "glcloud", "officeboxes", "pagestudio", "sourceledger", "vidsrv", "zonetracker")


class Sensor(StrEnum):
    """One source of telemetry, by what a device lacks where it has none of it."""

    AGENT = "no endpoint agent"
    MODULES = "no module loads"
    NAMES = "no name queries"
    CONNECTIONS = "no connections"
    FILES = "no audit of files"
    WIRE = "no network sensor"
    PROXY = "not behind the proxy"


class FleetSpec(Struct, frozen=True, kw_only=True):
    """How large it is; everything else is drawn from the seed."""

    devices: int = 200
    """10 to 20,000."""
    days: int = 60
    """60 to 120."""


class Seat(Struct, frozen=True, kw_only=True):
    """One device, and what will happen on it, in days of the telemetry; -1 is never."""

    number: int
    name: str
    user: str
    address: str
    customer: str
    country: str
    browser: int
    lacks: frozenset[Sensor]
    has_product: bool
    installed: int
    contact: int
    beacons: bool
    stolen: int
    visited: int
    developer: bool
    admin: bool
    backed_up: bool
    tool: bool


class Campaign(Struct, frozen=True, kw_only=True):
    """What the seed draws for all devices."""

    start: dt.datetime
    days: int
    released: int
    dormancy: tuple[int, int]
    """Days from installation to first contact, least and most; what falls on a weekend happens on the Monday."""
    dead_drop: str
    image_path: str
    """Of an icon, with `{}` for its number."""
    servers: tuple[str, ...]
    interval: int
    """Minutes from beacon to beacon."""
    jitter: int
    """Of a hundred parts of the interval, by which one may be early or late."""
    inspects: bool
    """The proxy sees paths, and not only hosts, of what is encrypted."""
    names_hosts: bool
    """Endpoint sensors name the hosts of connections."""
    zeek_json: bool
    nxlog: bool
    stale_agent: bool
    """The product's user agent names the version before."""


def campaign(seed: int, released_at: int, spec: FleetSpec) -> Campaign:
    """Return what all devices share, for a release of that Unix time.

    Raises:
        ValueError: the spec is out of bounds.
    """
    if not (10 <= spec.devices <= 20_000 and 60 <= spec.days <= 120):
        raise ValueError(f"10 to 20,000 devices and 60 to 120 days, not {spec.devices} and {spec.days}")
    released = between(seed, "hunt/released", 15, 18)
    least = between(seed, "hunt/least", 5, 9)
    day = dt.datetime.fromtimestamp(released_at, dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Campaign(
        start=day - dt.timedelta(days=released),
        days=spec.days,
        released=released,
        dormancy=(least, between(seed, "hunt/most", least + 3, least + 10)),
        dead_drop=pick(seed, "hunt/dead drop", DEAD_DROPS),
        image_path=f"/{pick(seed, 'hunt/account', ('glyphstore', 'openicons', 'tilepress'))}/images/main/icon{{}}.ico",
        servers=tuple(
            f"{name}.invalid" for name in shuffled(seed, "hunt/servers", _C2)[: between(seed, "hunt/many", 1, 3)]
        ),
        interval=pick(seed, "hunt/interval", (10, 20, 30, 60, 90, 120)),
        jitter=between(seed, "hunt/jitter", 5, 45),
        inspects=between(seed, "hunt/inspects", 0, 1) == 1,
        names_hosts=between(seed, "hunt/names hosts", 0, 1) == 1,
        zeek_json=between(seed, "hunt/zeek json", 0, 1) == 1,
        nxlog=between(seed, "hunt/nxlog", 0, 1) == 1,
        stale_agent=between(seed, "hunt/stale agent", 0, 1) == 1,
    )


def seats(seed: int, shared: Campaign, count: int) -> tuple[Seat, ...]:
    """Return the devices. Those worked on by hand are the first three that beacon; the first of them lacks nothing."""
    names = customers(seed)
    words, homes = numbers(seed, "seat/word", count, 0, len(_WORDS) - 1), numbers(seed, "seat/home", count, 0, 2)
    having, taking = chosen(seed, "seat/product", count, 62), chosen(seed, "seat/takes", count, 70)
    days, sleeps = numbers(seed, "seat/rollout", count, 0, 5), numbers(seed, "seat/sleep", count, *shared.dormancy)
    calling, robbed = chosen(seed, "seat/beacons", count, 40), numbers(seed, "seat/robbed", count, 0, 2)
    browsers = numbers(seed, "seat/browser", count, 0, 2)
    lacks = _lacks(seed, count)
    found: list[Seat] = []
    hands = 0
    for at in range(count):
        taken = bool(having[at] and taking[at])
        installed = int(shared.released + days[at]) if taken else -1
        beacons = taken and bool(calling[at])
        contact = _next_working(shared, int(installed + sleeps[at])) if taken else -1
        visited = _next_working(shared, contact + 3 + hands) if beacons and hands < HANDS else -1
        hands += visited >= 0
        customer = names[homes[at]]
        found.append(
            Seat(
                number=at,
                name=f"{_WORDS[words[at]]}-{at + 1:05}".upper(),
                user=f"user{at + 1:05}",
                address=f"10.{20 + homes[at]}.{at // 250}.{at % 250 + 2}",
                customer=customer,
                country=country_of(seed, customer),
                browser=int(browsers[at]),
                lacks=frozenset() if visited >= 0 and hands == 1 else lacks[at],
                has_product=bool(having[at]),
                installed=installed,
                contact=contact,
                beacons=beacons,
                stolen=_next_working(shared, contact + int(robbed[at])) if beacons else -1,
                visited=visited,
                developer=at % 9 == 4,
                admin=at % 41 == 7,
                backed_up=at % 10 == 3,
                tool=at % 6 == 1,
            )
        )
    return tuple(found)


def _lacks(seed: int, count: int) -> list[frozenset[Sensor]]:
    """Return what each device lacks: nothing, or one to three sources."""
    lacking, kinds = chosen(seed, "seat/lacks", count, LACKING), list(Sensor)
    many = numbers(seed, "seat/lacks/many", count, 1, 3)
    which = numbers(seed, "seat/lacks/which", 3 * count, 0, len(kinds) - 1).reshape(count, 3)
    return [
        frozenset(kinds[turn] for turn in which[at, : many[at]]) if lacking[at] else frozenset() for at in range(count)
    ]


def _next_working(shared: Campaign, day: int) -> int:
    """Return the day, or the next on which the product runs at all."""
    return next(each for each in range(day, day + 3) if working(shared, each))


def working(shared: Campaign, day: int) -> bool:
    """Return whether people work on that day."""
    return (shared.start + dt.timedelta(days=day)).weekday() < 5
