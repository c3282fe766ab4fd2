"""Events: what a sensor lacks is gone, what is left says what it shows, and lines stand where they are said to."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build import events
from unrig.drill.build.events import Event, Kind, Lack, Spelling

AT = dt.datetime(2023, 3, 2, 8, 1, 2, 345_000, tzinfo=dt.UTC)
WHO = events.process(1, "PC-001", "FLEET\\user", r"C:\Programs\Thing\thing.exe", "day")
HASH = hashlib.sha256(b"x").hexdigest()


def one_of_each() -> list[Event]:
    return [
        events.started(WHO, AT, parent=r"C:\Windows\explorer.exe", hashes=events.hashes_of(b"x")),
        events.loads(WHO, AT, r"C:\Programs\Thing\a.dll", events.hashes_of(b"x"), signer="Contoso"),
        events.asks(WHO, AT, "drop.invalid"),
        events.connects(WHO, AT, "drop.invalid", named="drop.invalid"),
    ]


@pytest.mark.parametrize(
    ("lack", "kept"),
    [
        (Lack.NOTHING, {1, 3, 7, 22}),
        (Lack.MODULES, {1, 3, 22}),
        (Lack.DNS, {1, 3, 7}),
        (Lack.NETWORK, {1, 7, 22}),
        (Lack.HASHES, {1, 3, 7, 22}),
        (Lack.ALL, set()),
    ],
)
def test_a_sensor_records_all_but_what_it_lacks(lack: Lack, kept: set[int]) -> None:
    recorded = [events.recorded(event, lack) for event in one_of_each()]
    assert {int(each.kind) for each in recorded if each is not None} == kept


def test_without_hashes_no_sha256_is_left() -> None:
    for event in one_of_each():
        recorded = events.recorded(event, Lack.HASHES)
        assert recorded is not None
        assert "SHA256" not in str(recorded.fields)


def test_an_event_shows_only_what_stands_in_it() -> None:
    load = events.tagged(one_of_each()[1], "release", HASH)
    assert events.shows(load)
    blind = events.recorded(load, Lack.HASHES)
    assert blind is not None
    assert not events.shows(blind)
    named = events.tagged(events.connects(WHO, AT, "drop.invalid", named="drop.invalid"), "drop", "drop.invalid")
    bare = events.tagged(events.connects(WHO, AT, "drop.invalid", named=""), "drop", "drop.invalid")
    assert events.shows(named)
    assert not events.shows(bare)
    assert not events.shows(one_of_each()[1])


def test_a_foreign_module_shows_by_its_name_without_a_hash() -> None:
    load = events.tagged(one_of_each()[1], "foreign", r"C:\Programs\Thing\a.dll")
    blind = events.recorded(load, Lack.HASHES)
    assert blind is not None
    assert events.shows(blind)


@pytest.mark.parametrize("spelling", list(Spelling))
def test_lines_are_flat_objects_in_order_of_time(spelling: Spelling) -> None:
    later = [events.asks(WHO, AT + dt.timedelta(seconds=turn), f"h{turn}.invalid") for turn in (3, 1, 2)]
    written = events.write(later, "telemetry/a.jsonl", spelling)
    records = [json.loads(line) for line in written.content.splitlines()]
    assert [record["QueryName"] for record in records] == ["h1.invalid", "h2.invalid", "h3.invalid"]
    device = "Computer" if spelling is Spelling.WINLOGBEAT else "Hostname"
    for record in records:
        assert record[device] == "PC-001"
        assert record["EventID"] == 22
        assert re.fullmatch(r"2023-03-02 08:01:0\d\.345", record["UtcTime"])
        assert all(isinstance(value, str | int) for value in record.values())


def test_telltale_lines_are_told_by_number() -> None:
    plain = events.asks(WHO, AT, "a.invalid")
    telling = events.tagged(events.asks(WHO, AT + dt.timedelta(seconds=1), "b.invalid"), "drop", "b.invalid")
    written = events.write([telling, plain], "t/x.jsonl", Spelling.NXLOG)
    ((event, line),) = written.told
    assert event == telling
    assert (line.file, line.record) == ("t/x.jsonl", 2)


@given(st.integers(0, 2**32), st.text("abc-", min_size=1, max_size=9))
def test_processes_are_drawn_from_their_labels(seed: int, label: str) -> None:
    first = events.process(seed, "PC-1", "u", "a.exe", label)
    assert first == events.process(seed, "PC-1", "u", "a.exe", label)
    assert first.guid != events.process(seed, "PC-1", "u", "a.exe", label + "x").guid
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", first.guid)
    assert first.pid % 4 == 0


def test_hashes_are_those_of_the_bytes() -> None:
    assert f"SHA256={hashlib.sha256(b'abc').hexdigest().upper()}" in events.hashes_of(b"abc")
    assert events.drawn_hashes("a") == events.drawn_hashes("a") != events.drawn_hashes("b")


@given(st.integers(0, 2**32), st.integers(0, 22))
def test_moments_lie_within_their_hours(seed: int, hour: int) -> None:
    day = dt.datetime(2023, 3, 2, tzinfo=dt.UTC)
    at = events.moment(seed, "x", day, hour, hour + 1)
    assert day + dt.timedelta(hours=hour) <= at < day + dt.timedelta(hours=hour + 1)


def test_kinds_are_sysmons_numbers() -> None:
    assert {kind.name: int(kind) for kind in Kind} == {"PROCESS": 1, "NETWORK": 3, "MODULE": 7, "DNS": 22}
