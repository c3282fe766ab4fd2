"""Telemetry of a fleet on which a rigged installer was rolled out, day by day, and the truth about it.

A day is made at once and handed on, so that twenty thousand devices need no more memory than their largest day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.drill.build.client import Client
from unrig.drill.build.telemetry_endpoint import Day, endpoint_day
from unrig.drill.build.telemetry_flows import Fleet, Stage, all_hosts, day_flows
from unrig.drill.build.telemetry_log import Log, Told
from unrig.drill.build.telemetry_plan import Campaign, FleetSpec, Seat, Sensor, campaign, seats
from unrig.drill.build.telemetry_product import version_of
from unrig.drill.build.telemetry_wire import proxy_day, wire_day, zeek_logs
from unrig.drill.build.truth import DeviceTruth, HuntTruth, StageTruth

FOLDER = "telemetry"
_NEEDS = {
    Stage.RELEASE: (Sensor.AGENT, Sensor.MODULES),
    Stage.DEAD_DROP: (Sensor.AGENT, Sensor.NAMES, Sensor.CONNECTIONS, Sensor.PROXY),
    Stage.BEACON: (Sensor.AGENT, Sensor.CONNECTIONS, Sensor.WIRE, Sensor.PROXY),
    Stage.STEALER: (Sensor.AGENT, Sensor.FILES),
    Stage.HANDS: (Sensor.AGENT,),
}
"""Whose lack can keep a stage from being seen."""
_WHAT = {
    Stage.RELEASE: "the rigged libraries are loaded",
    Stage.STEALER: "the product opens the stores of browsers",
    Stage.HANDS: "commands of a survey, and a library from nowhere, under the product",
}
_NETS = ("198.51.100", "203.0.113", "192.0.2")
"""Addresses for documentation (RFC 5737)."""


class Rollout(Struct, frozen=True, kw_only=True):
    """What is told: the fleet, and the two releases that its devices have."""

    seed: int
    shared: Campaign
    seats: tuple[Seat, ...]
    before: Client
    after: Client
    rigged: frozenset[str]
    """Paths of the rigged files in the release."""


def rollout(seed: int, spec: FleetSpec, before: Client, after: Client, rigged: frozenset[str]) -> Rollout:
    """Return the fleet and what will happen on it. Raises ValueError for a spec out of bounds."""
    shared = campaign(seed, after.drawn.built + 86_400, spec)
    return Rollout(
        seed=seed, shared=shared, seats=seats(seed, shared, spec.devices), before=before, after=after, rigged=rigged
    )


class Hunted:
    """The files of a telemetry, made one after another, and then the truth about them."""

    def __init__(self, told: Rollout) -> None:
        self._rollout = told
        self._lines: dict[tuple[int, Stage], list[Told]] = {}

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield paths and contents, day by day."""
        own = self._rollout
        hosts = all_hosts(own.after.drawn.product, own.shared)
        before, after = version_of(own.before, frozenset()), version_of(own.after, own.rigged)
        for number in range(own.shared.days):
            day = Day(
                number=number,
                start=own.shared.start + dt.timedelta(days=number),
                seed=own.seed,
                shared=own.shared,
                seats=own.seats,
                hosts=hosts,
                addresses=[f"{_NETS[at % 3]}.{10 + at // 3}" for at in range(len(hosts))],
                before=before,
                after=after,
            )
            for log in _day_logs(day):
                content, told = log.written()
                for each in told:
                    self._lines.setdefault((each.seat, each.stage), []).append(each)
                if content:
                    yield log.path, content

    def truth(self) -> HuntTruth:
        """Return what is true; all files must have been made."""
        own = self._rollout
        return HuntTruth(
            telemetry=FOLDER,
            twin="",
            alarm="high",
            dormancy=own.shared.dormancy,
            devices=tuple(_device(seat) for seat in own.seats),
            stages=tuple(self._stage(seat, stage, day) for seat in own.seats for stage, day in _happened(seat)),
        )

    def _stage(self, seat: Seat, stage: Stage, day: int) -> StageTruth:
        told = self._lines.get((seat.number, stage), [])
        lines = tuple(each.line for each in told if each.plain)
        shared = self._rollout.shared
        what = {Stage.DEAD_DROP: shared.dead_drop, Stage.BEACON: ", ".join(shared.servers)} | _WHAT
        missing = [sensor.value for sensor in _NEEDS[stage] if sensor in seat.lacks]
        return StageTruth(
            device=seat.name.lower(),
            stage=stage.name.lower(),
            first=shared.start + dt.timedelta(days=day),
            what=what[stage],
            lines=lines,
            fitting=tuple(each.line for each in told if not each.plain),
            why_not="" if lines else ", ".join(missing) or "no host names of connections",
        )


def _day_logs(day: Day) -> Sequence[Log]:
    """Return the day's logs: endpoints, network sensor, proxy."""
    fleet = Fleet(seed=day.seed, shared=day.shared, seats=day.seats, product=day.after.product, hosts=day.hosts)
    flows = day_flows(fleet, day.number)
    stamp = f"{day.start:%Y-%m-%d}"
    endpoints, proxy = Log(f"{FOLDER}/endpoints/{stamp}.jsonl"), Log(f"{FOLDER}/proxy/access.{stamp}.log")
    wire = zeek_logs(day, f"{FOLDER}/sensor")
    endpoint_day(day, flows, endpoints)
    wire_day(day, flows, wire)
    proxy_day(day, flows, proxy)
    return (endpoints, *wire.values(), proxy)


def _happened(seat: Seat) -> Iterator[tuple[Stage, int]]:
    """Yield what happens on a device and from which day on."""
    if seat.installed >= 0:
        yield Stage.RELEASE, seat.installed
        yield Stage.DEAD_DROP, seat.contact
    if seat.beacons:
        yield Stage.BEACON, seat.contact + 1
        yield Stage.STEALER, seat.stolen
    if seat.visited >= 0:
        yield Stage.HANDS, seat.visited


def _device(seat: Seat) -> DeviceTruth:
    has = "rigged" if seat.installed >= 0 else "baseline" if seat.has_product else ""
    return DeviceTruth(
        id=seat.name.lower(),
        addresses=(seat.address,),
        customer=seat.customer,
        country=seat.country,
        has=has,
        lacks=", ".join(sorted(sensor.value for sensor in seat.lacks)),
    )
