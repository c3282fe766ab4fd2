"""The logs hold what the truth says and nothing that a device's sensors lack; nothing in them could be reached."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
from collections import defaultdict
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from unrig.drill.build.telemetry import Hunted
from unrig.drill.build.telemetry_draws import chosen, numbers
from unrig.drill.build.telemetry_flows import MINUTE, Fleet, Stage, all_hosts, day_flows, habits
from unrig.drill.build.telemetry_log import Log
from unrig.drill.build.telemetry_plan import HANDS, FleetSpec, Sensor, campaign, seats, working
from unrig.drill.build.truth import HuntTruth, StageTruth
from unrig.drill.build.world import EVERY_NAME
from unrig.drill.incidents.smoothoperator import telemetry

SEED, DEVICES = 4, 40
RELEASED = 1_675_000_000
DOCUMENTATION = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
SQUID = re.compile(r'\d+\.\d{3} \d+ \S+ TCP_MISS/200 \d+ (GET|CONNECT) \S+ - HIER_DIRECT/\S+ \S+ "-" "[^"]+"')
EVIDENCE = {
    "release": '"EventID":7',
    "stealer": '"EventID":4663',
    "hands": '"EventID":',
}


@cache
def made() -> tuple[dict[str, list[str]], HuntTruth]:
    hunted = telemetry(SEED, DEVICES)
    files = {path: content.decode().splitlines() for path, content in hunted.files()}
    return files, hunted.truth()


def stages(name: str) -> list[StageTruth]:
    return [each for each in made()[1].stages if each.stage == name]


def test_the_same_seed_gives_the_same_days() -> None:
    first, again = (dict(_first_days(telemetry(2, 10))) for _ in range(2))
    assert first == again
    assert first != dict(_first_days(telemetry(3, 10)))


def _first_days(hunted: Hunted) -> list[tuple[str, bytes]]:
    files = hunted.files()
    return [next(files) for _ in range(10)]


def test_every_line_is_whole_and_later_than_the_one_before() -> None:
    files, _ = made()
    kinds = defaultdict(int)
    for path, lines in files.items():
        kind, times = path.split("/")[1], []
        header = next((line for line in lines if line.startswith("#fields")), "")
        for line in lines:
            kinds[kind] += 1
            if kind == "endpoints":
                event = json.loads(line)
                times.append(event.get("UtcTime") or event["TimeCreated"].replace("T", " ").rstrip("Z"))
            elif kind == "proxy":
                assert SQUID.fullmatch(line), line
                times.append(float(line.split()[0]))
            elif line.startswith("{"):
                times.append(json.loads(line)["ts"])
            elif not line.startswith("#"):
                assert line.count("\t") == header.count("\t") - 1
                times.append(float(line.split("\t")[0]))
        assert times == sorted(times), path
    assert {"endpoints", "sensor", "proxy"} == set(kinds)
    assert min(kinds.values()) > 10_000


def test_every_line_of_the_truth_is_of_its_device() -> None:
    files, truth = made()
    names = {device.id: (device.id.upper(), *device.addresses) for device in truth.devices}
    for each in truth.stages:
        for line in (*each.lines, *each.fitting):
            text = files[line.file][line.record - 1]
            assert any(f"{name}{end}" in text for name in names[each.device] for end in ('"', "\t", " ")), (
                each.stage,
                text,
            )
            assert EVIDENCE.get(each.stage, "") in text


def test_what_shows_a_stage_says_so() -> None:
    files, _ = made()
    for each in stages("dead_drop"):
        assert all(each.what in files[line.file][line.record - 1] for line in each.lines)
    for each in stages("stealer"):
        paths = [json.loads(files[line.file][line.record - 1])["ObjectName"] for line in each.lines]
        assert len(paths) in {0, 4}
        assert not each.lines or any("Firefox" in path for path in paths)


def test_no_sensor_writes_what_the_device_lacks() -> None:
    files, truth = made()
    written = defaultdict(set)
    for path, lines in files.items():
        for line in lines if "/endpoints/" in path else ():
            event = json.loads(line)
            written[event.get("Computer") or event["Hostname"]].add(event["EventID"])
        for line in lines if "/endpoints/" not in path else ():
            for address in set(re.findall(r"\b10\.2\d\.\d+\.\d+\b", line)):
                written[address].add(path.split("/")[1])
    for device in truth.devices:
        lacks, (address,) = set(device.lacks.split(", ")) - {""}, device.addresses
        seen = written[device.id.upper()]
        assert (Sensor.AGENT in lacks) == (not seen)
        for sensor, number in ((Sensor.MODULES, 7), (Sensor.NAMES, 22), (Sensor.CONNECTIONS, 3), (Sensor.FILES, 4663)):
            assert (number in seen) == (sensor not in lacks and Sensor.AGENT not in lacks), (device, sensor)
        assert ("sensor" in written[address]) == (Sensor.WIRE not in lacks)
        assert ("proxy" in written[address]) == (Sensor.PROXY not in lacks)


def test_what_cannot_be_seen_says_why() -> None:
    unseen = [each for each in made()[1].stages if not each.lines]
    assert unseen
    lacks = {device.id: device.lacks for device in made()[1].devices}
    for each in unseen:
        assert each.why_not
        assert all(reason in lacks[each.device] or "host names" in reason for reason in each.why_not.split(", "))
    assert not [each for each in made()[1].stages if each.lines and each.why_not]


def test_no_address_and_no_name_could_be_reached() -> None:
    files, _ = made()
    text = "\n".join(line for path, lines in list(files.items())[100:115] for line in lines)
    for host in set(re.findall(r"(?:QueryName\":\"|https://|CONNECT )([\w.-]+)", text)):
        assert host.endswith(".invalid") or host in EVERY_NAME, host
    for address in set(re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", text)):
        number = ipaddress.ip_address(address) if not address.endswith(".0.0.0") else None
        assert number is None or address.startswith("10.") or any(number in net for net in DOCUMENTATION), address


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_the_fleet_is_as_its_bounds_say(seed: int) -> None:
    shared = campaign(seed, RELEASED, FleetSpec())
    fleet = seats(seed, shared, 200)
    assert len({each.name for each in fleet}) == len({each.address for each in fleet}) == 200
    assert 40 <= sum(bool(each.lacks) for each in fleet) <= 80
    visited = [each for each in fleet if each.visited >= 0]
    assert len(visited) == HANDS
    assert not visited[0].lacks
    for each in fleet:
        if each.installed >= 0:
            least, most = shared.dormancy
            assert least <= each.contact - each.installed <= most + 2
            assert working(shared, each.contact)
            assert each.contact < shared.days - 5
        assert each.beacons <= (each.installed >= 0) <= each.has_product
        assert (each.stolen >= each.contact >= 0) == each.beacons
    assert shared.released >= 14


def test_beacons_keep_their_interval_but_for_the_jitter() -> None:
    shared = structs.replace(campaign(4, RELEASED, FleetSpec()), jitter=20, interval=30)
    fleet = seats(4, shared, 60)
    who = next(each for each in fleet if each.beacons)
    day = next(number for number in range(who.contact + 1, 60) if working(shared, number))
    flows = day_flows(_fleet(4, shared, fleet), day)
    at = flows.at[(flows.stage == Stage.BEACON) & (flows.seat == who.number)]
    gaps = np.diff(at) / MINUTE
    assert len(at) == 20
    assert 30 * 0.6 <= gaps.min() <= gaps.max() <= 30 * 1.4
    assert gaps.std() > 0


def _fleet(seed: int, shared: object, fleet: object) -> Fleet:
    return Fleet(seed=seed, shared=shared, seats=fleet, product="Drill", hosts=all_hosts("Drill", shared))


def test_nothing_of_the_incident_happens_before_its_day_or_at_weekends() -> None:
    shared = campaign(5, RELEASED, FleetSpec())
    fleet = seats(5, shared, 50)
    told = _fleet(5, shared, fleet)
    first = min(each.contact for each in fleet if each.contact >= 0)
    for day in range(shared.days):
        stages = day_flows(told, day).stage
        assert not (stages.any() and (day < first or not working(shared, day)))


def test_the_background_has_every_habit_and_regular_ones_among_them() -> None:
    shared = campaign(6, RELEASED, FleetSpec())
    fleet = seats(6, shared, 80)
    monday = next(day for day in range(7) if (shared.start + dt.timedelta(days=day)).weekday() == 0)
    told = _fleet(6, shared, fleet)
    flows, names = day_flows(told, monday), np.array(told.hosts)
    hosts = set(names[flows.host])
    for habit in habits("Drill").values():
        assert hosts & set(habit.hosts), habit.label
    one = flows.at[(names[flows.host] == "line.parleychat.invalid") & (flows.seat == 0)]
    assert np.diff(np.diff(one)).max() < 20_000


def test_backups_and_browsers_open_stores_too() -> None:
    files, _ = made()
    opened = [json.loads(line) for lines in files.values() for line in lines if '"EventID":4663' in line]
    programs = {event["ProcessName"].rsplit("\\", 1)[-1] for event in opened}
    assert {"backupd.exe", "chrome.exe", "firefox.exe", "msedge.exe"} <= programs


@pytest.mark.parametrize("spec", [FleetSpec(devices=9), FleetSpec(devices=20_001), FleetSpec(days=59)])
def test_sizes_out_of_bounds_are_refused(spec: FleetSpec) -> None:
    with pytest.raises(ValueError, match="10 to 20,000 devices"):
        campaign(1, RELEASED, spec)


@given(st.integers(0, 2**40), st.integers(0, 300), st.integers(-50, 50), st.integers(0, 1000))
def test_numbers_stay_in_bounds_and_do_not_depend_on_how_many(seed: int, count: int, low: int, span: int) -> None:
    drawn = numbers(seed, "x", count, low, low + span)
    assert len(drawn) == count
    assert ((low <= drawn) & (drawn <= low + span)).all()
    assert (numbers(seed, "x", count + 5, low, low + span)[:count] == drawn).all()


def test_nothing_lies_between_too_little_and_too_much() -> None:
    with pytest.raises(ValueError, match="nothing lies"):
        numbers(1, "x", 3, 2, 1)
    assert 200 < chosen(1, "x", 1_000, 30).sum() < 400


def test_a_log_sorts_its_lines_and_counts_its_header() -> None:
    log = Log("a.log", "#one\n#two\n")
    log.add(5, "late", 1, Stage.BEACON, plain=False)
    log.add(2, "early", 2)
    log.add(5, "later", 3, Stage.HANDS)
    content, told = log.written()
    assert content == b"#one\n#two\nearly\nlate\nlater\n"
    assert [(each.seat, each.line.record, each.plain) for each in told] == [(1, 4, False), (3, 5, True)]
