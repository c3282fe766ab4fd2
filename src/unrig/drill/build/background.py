"""What a device's log is full of: browsers, updaters, developers' tools and scripts, none of them the incident.

Some of it looks like what is hunted: people visit code-hosting sites, a tool of no browser's name looks there for its
updates every day, another one is installed in the middle of the telemetry, and an administrator's script fetches a
file from one on a single day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from msgspec import Struct

from unrig.drill.build.events import Event, Process, asks, connects, drawn_hashes, loads, moment, process, started
from unrig.drill.build.fleet import Device
from unrig.drill.build.seeds import between, pick
from unrig.drill.build.world import (
    BROWSERS,
    CODE_SITES,
    DEVELOPER_TOOLS,
    EXPLORER,
    SCRIPT_SOURCE,
    SHELL,
    SYSTEM_LIBRARIES,
    UPDATE_CHECKS,
)

_NEWS = ("gazette.invalid", "intranet.fleet.invalid", "mail.fleet.invalid", "maps.invalid", "shop.invalid")
_TOOLS = ("KeyNest", "PaperTrailer", "SnipCove", "TileGarden")
"""Made-up small tools whose updater asks a code-hosting site."""


class Period(Struct, frozen=True, kw_only=True):
    """The days that the telemetry covers, and whether its sensors name the hosts of connections."""

    start: dt.datetime
    days: int
    names_hosts: bool

    def day(self, number: int) -> dt.datetime:
        """Return the beginning of a day, counted from 0."""
        return self.start + dt.timedelta(days=number)


def background(seed: int, device: Device, period: Period) -> Iterator[Event]:
    """Yield the ordinary events of one device."""
    for number in range(period.days):
        yield from _browsing(seed, device, period, number)
        if device.developer:
            yield from _developing(seed, device, period, number)
        if number >= _tool_since(seed, device, period):
            yield from _tool(seed, device, period, number)
    if device.admin:
        yield from _script(seed, device, period)


def visit(who: Process, at: dt.datetime, host: str, period: Period) -> Iterator[Event]:
    """Yield a name query and the connection after it."""
    yield asks(who, at, host)
    yield connects(who, at + dt.timedelta(milliseconds=40), host, named=host if period.names_hosts else "")


def system_loads(who: Process, at: dt.datetime) -> Iterator[Event]:
    """Yield the loads of Windows' own libraries."""
    for turn, name in enumerate(SYSTEM_LIBRARIES):
        path = rf"C:\Windows\System32\{name}"
        yield loads(who, at + dt.timedelta(milliseconds=turn), path, drawn_hashes(name), signer="Windows")


def _browsing(seed: int, device: Device, period: Period, number: int) -> Iterator[Event]:
    name = pick(seed, f"browser/{device.name}", BROWSERS)
    label = f"{device.name}/browse/{number}"
    image = rf"C:\Program Files\Browser\{name}"
    who = process(seed, device.name, device.user, image, str(number))
    begun = moment(seed, f"{label}/start", period.day(number), 6, 7)
    yield started(who, begun, parent=EXPLORER, hashes=drawn_hashes(name))
    yield from system_loads(who, begun)
    for turn in range(between(seed, f"{label}/visits", 2, 5)):
        interested = between(seed, f"{label}/{turn}/code", 0, 5) == 0
        host = pick(seed, f"{label}/{turn}/host", CODE_SITES if interested else _NEWS)
        yield from visit(who, moment(seed, f"{label}/{turn}/at", period.day(number), 7, 17), host, period)


def _developing(seed: int, device: Device, period: Period, number: int) -> Iterator[Event]:
    label = f"{device.name}/develop/{number}"
    name = pick(seed, label, DEVELOPER_TOOLS)
    who = process(seed, device.name, device.user, rf"C:\Program Files\Developer\{name}", str(number))
    at = moment(seed, f"{label}/at", period.day(number), 8, 16)
    yield started(who, at, parent=EXPLORER, hashes=drawn_hashes(name))
    yield from system_loads(who, at)
    yield from visit(who, at + dt.timedelta(seconds=2), pick(seed, f"{label}/host", CODE_SITES), period)


def _tool_since(seed: int, device: Device, period: Period) -> int:
    """Return the day a tool was installed: on some devices before the first, on some within, on most never."""
    drawn = between(seed, f"{device.name}/tool", 0, 9)
    if drawn > 2:
        return period.days
    return 0 if drawn else between(seed, f"{device.name}/tool day", 4, period.days - 3)


def _tool(seed: int, device: Device, period: Period, number: int) -> Iterator[Event]:
    name = pick(seed, f"{device.name}/tool name", _TOOLS)
    image = rf"C:\Program Files\{name}\{name}Updater.exe"
    who = process(seed, device.name, device.user, image, str(number))
    at = moment(seed, f"{device.name}/tool/{number}", period.day(number), 7, 10)
    yield started(who, at, parent=r"C:\Windows\System32\svchost.exe", hashes=drawn_hashes(image))
    yield from system_loads(who, at)
    yield from visit(who, at + dt.timedelta(seconds=1), UPDATE_CHECKS, period)


def _script(seed: int, device: Device, period: Period) -> Iterator[Event]:
    number = between(seed, f"{device.name}/script day", 2, period.days - 2)
    image = rf"C:\Windows\System32\WindowsPowerShell\v1.0\{SHELL}"
    who = process(seed, device.name, device.user, image, "script")
    at = moment(seed, f"{device.name}/script", period.day(number), 9, 15)
    yield started(who, at, parent=EXPLORER, hashes=drawn_hashes(SHELL))
    yield from visit(who, at + dt.timedelta(seconds=3), SCRIPT_SOURCE, period)
