"""A fleet on which a rigged update arrives, sleeps, asks a dead drop where to go, and is then used by hand.

What happens is drawn first; what the devices' sensors lack is taken away afterwards, and only then is it told which
events still show what happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from unrig.drill.build.background import Period, background, visit
from unrig.drill.build.events import Event, Lack, Spelling, Written, drawn_hashes, loads, recorded, tagged, write
from unrig.drill.build.fleet import Device, fleet
from unrig.drill.build.line_up import Shown
from unrig.drill.build.product_days import RUNS, Installed, begins, installed, product_day, running
from unrig.drill.build.seeds import between, pick
from unrig.drill.build.truth import DeviceTruth, HuntTruth, Line, StageTruth
from unrig.drill.build.world import DEAD_DROPS, SEARCHED_FIRST

DAYS = 14
DEAD_DROP = "dead_drop"
FOREIGN = "foreign_module"
STAGES = (RUNS, DEAD_DROP, FOREIGN)
TELEMETRY, TWIN = "telemetry", "telemetry-twin"


class Fleet(Struct, frozen=True, kw_only=True):
    """The hunted fleet, and the releases as its devices have them."""

    seed: int
    devices: tuple[Device, ...]
    period: Period
    released: int
    """Day of the telemetry, from 0."""
    before: Installed
    after: Installed


class Hunted(Struct, frozen=True, kw_only=True):
    """The logs of the fleet and of its twin by path, and what is true of them."""

    files: dict[str, bytes]
    truth: HuntTruth
    devices: tuple[Device, ...]


class _Plan(Struct, frozen=True, kw_only=True):
    """What happens on one device, in days of the telemetry."""

    installed: int
    contact: int
    times: int
    """Days on which it contacts, from the first on."""


def hunted(seed: int, shown: Mapping[str, Shown]) -> Hunted:
    """Return the telemetry of the fleet, that of its twin, and the truth."""
    own = _fleet(seed, shown)
    twin = _twin(own, shown["fixed"], shown["rigged"])
    events = {device.name: list(_events(own, device)) for device in own.devices}
    innocent = {device.name: [each for each in _events(twin, device) if not each.tells] for device in own.devices}
    logs = _logs(own, events, TELEMETRY)
    files = {path: log.content for path, log in (logs | _logs(own, innocent, TWIN)).items()}
    return Hunted(files=files, truth=_truth(own, events, logs), devices=own.devices)


def _fleet(seed: int, shown: Mapping[str, Shown]) -> Fleet:
    rigged, baseline = shown["rigged"], shown["baseline"]
    built = dt.datetime.fromtimestamp(rigged.truth.built, dt.UTC)
    day = built.replace(hour=0, minute=0, second=0, microsecond=0)
    released = between(seed, "released", 3, 5)
    start = day + dt.timedelta(days=between(seed, "shipped after", 1, 3) - released)
    return Fleet(
        seed=seed,
        devices=fleet(seed),
        period=Period(start=start, days=DAYS, names_hosts=between(seed, "names hosts", 0, 1) == 1),
        released=released,
        before=installed(baseline.files, baseline.truth),
        after=installed(rigged.files, rigged.truth, frozenset(each.path for each in rigged.hidden)),
    )


def _twin(own: Fleet, fixed: Shown, rigged: Shown) -> Fleet:
    """Return the same fleet as it takes the repaired build, as many days later as that was built."""
    later = dt.timedelta(days=(fixed.truth.built - rigged.truth.built) // 86_400)
    period = structs.replace(own.period, start=own.period.start + later)
    return structs.replace(own, period=period, after=installed(fixed.files, fixed.truth))


def _plan(own: Fleet, device: Device) -> _Plan:
    day = own.released + between(own.seed, f"{device.name}/update", 0, 2)
    contact = day + between(own.seed, f"{device.name}/dormancy", 3, 5)
    return _Plan(installed=day, contact=contact, times=between(own.seed, f"{device.name}/times", 1, 3))


def _events(own: Fleet, device: Device) -> Iterator[Event]:
    """Yield everything that happens on one device."""
    yield from background(own.seed, device, own.period)
    if not device.has_product:
        return
    plan = _plan(own, device)
    for number in range(DAYS):
        updated = device.updates and number >= plan.installed
        yield from product_day(own.seed, device, own.after if updated else own.before, own.period, number)
    if device.contacts:
        yield from _contacts(own, device, plan)
    if device.visited:
        yield _foreign_load(own, device, plan)


def _contacts(own: Fleet, device: Device, plan: _Plan) -> Iterator[Event]:
    """Yield the program's visits to the dead drop, half an hour to ten hours after it was started."""
    host = pick(own.seed, "dead drop", DEAD_DROPS)
    for number in range(plan.contact, min(plan.contact + plan.times, DAYS)):
        who = running(own.seed, device, own.after, number)
        later = dt.timedelta(minutes=between(own.seed, f"{device.name}/contact/{number}", 30, 600))
        for event in visit(who, begins(own.seed, device, own.period, number) + later, host, own.period):
            yield tagged(event, DEAD_DROP, host)


def _foreign_load(own: Fleet, device: Device, plan: _Plan) -> Event:
    """Return the load of a library that no release ships, from the folder in which the program lies."""
    who = running(own.seed, device, own.after, plan.contact)
    name = pick(own.seed, f"{device.name}/foreign", SEARCHED_FIRST)
    path = who.image.rsplit("\\", 1)[0] + "\\" + name
    later = dt.timedelta(hours=between(own.seed, f"{device.name}/foreign after", 12, 30))
    at = begins(own.seed, device, own.period, plan.contact) + later
    event = loads(who, at, path, drawn_hashes(f"{own.seed}/{device.name}/{name}"), signer="")
    return tagged(event, FOREIGN, path)


def _logs(own: Fleet, events: Mapping[str, list[Event]], folder: str) -> dict[str, Written]:
    """Return one log for each customer, as its collector wrote it: without what the sensors lack."""
    spelling = pick(own.seed, "spelling", tuple(Spelling))
    logs: dict[str, list[Event]] = {}
    for device in own.devices:
        path = f"{folder}/{device.customer.lower().replace(' ', '-')}.jsonl"
        kept = (recorded(event, device.lack) for event in events[device.name])
        logs.setdefault(path, []).extend(each for each in kept if each is not None)
    return {path: write(logs[path], path, spelling) for path in sorted(logs)}


def _truth(own: Fleet, events: Mapping[str, list[Event]], logs: Mapping[str, Written]) -> HuntTruth:
    lines: dict[tuple[str, str], list[Line]] = {}
    for log in logs.values():
        for event, line in log.told:
            lines.setdefault((event.process.device, event.tells), []).append(line)
    return HuntTruth(
        telemetry=TELEMETRY,
        twin=TWIN,
        devices=tuple(_device_truth(device) for device in own.devices),
        stages=tuple(
            _stage_truth(device, [each for each in events[device.name] if each.tells == stage], lines)
            for device in own.devices
            for stage in STAGES
            if any(each.tells == stage for each in events[device.name])
        ),
    )


def _device_truth(device: Device) -> DeviceTruth:
    has = "rigged" if device.updates else "baseline" if device.has_product else ""
    return DeviceTruth(
        id=device.name.lower(), customer=device.customer, country=device.country, has=has, lacks=device.lack
    )


def _stage_truth(device: Device, events: list[Event], lines: Mapping[tuple[str, str], list[Line]]) -> StageTruth:
    first = min(events, key=lambda each: each.at)
    found = tuple(lines.get((device.name, first.tells), ()))
    return StageTruth(
        device=device.name.lower(),
        stage=first.tells,
        first=first.at,
        what=first.what,
        lines=found,
        why_not="" if found else (device.lack or Lack.NETWORK).value,
    )
