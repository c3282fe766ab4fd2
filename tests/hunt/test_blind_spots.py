from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from unrig.data.events import arrow_schema
from unrig.hunt.blind_spots import Question, all_needs, excluded, measure, observability
from unrig.model.levels import Severity
from unrig.model.moment import Window
from unrig.model.telemetry import Seen, Sighting
from unrig.store.event_tables import EventTables

DNS = {"dns": frozenset({"image", "query"})}
HTTP = {"http": frozenset({"image", "host"})}
DAY = dt.datetime(2024, 3, 4, tzinfo=dt.UTC)


def fill(tables: EventTables, event_class: str, *rows: dict[str, Any]) -> None:
    given = [{"time": DAY.replace(tzinfo=None), "device": "pc1"} | row for row in rows]
    tables.append(event_class, pa.Table.from_pylist(given, schema=arrow_schema(event_class)))


def states(tables: EventTables, question: Question, *devices: str, seen: str = "") -> dict[str, Any]:
    measured = measure(tables, all_needs([question]), question.window)
    return {each.device: each for each in observability(question, measured, devices, frozenset({seen} - {""}))}


def test_one_alternative_is_enough_and_the_other_is_named(tables: EventTables) -> None:
    fill(tables, "dns", {"image": "a", "query": "b"})
    answer = states(tables, Question(of="x", needs=(DNS, HTTP)), "pc1")["pc1"]
    assert (answer.state, answer.why, answer.power) == (Seen.NOT_SEEN, "no http events", "1 dns events, 1 with query")


def test_all_classes_of_an_alternative_are_needed(tables: EventTables) -> None:
    fill(tables, "dns", {"image": "a", "query": "b"})
    answer = states(tables, Question(of="x", needs=(DNS | HTTP,)), "pc1")["pc1"]
    assert (answer.state, answer.why) == (Seen.NOT_OBSERVABLE, "no http events")
    assert answer.remedy == "collect proxy logs that name the device and the program"


def test_a_column_that_one_device_never_fills_is_its_own_blind_spot(tables: EventTables) -> None:
    fill(tables, "dns", {"image": "a", "query": "b"}, {"device": "pc2", "query": "b"}, {"device": "pc2", "query": "c"})
    found = states(tables, Question(of="x", needs=(DNS,)), "pc1", "pc2", "pc3")
    assert [each.state for each in found.values()] == [Seen.NOT_SEEN, Seen.NOT_OBSERVABLE, Seen.NOT_OBSERVABLE]
    assert found["pc2"].why == "never filled: dns.image"
    assert found["pc2"].power == "2 dns events, 0 with image"
    assert found["pc3"].power == ""


def test_what_was_seen_is_seen_whatever_is_missing(tables: EventTables) -> None:
    assert states(tables, Question(of="x", needs=(DNS,)), "pc1", seen="pc1")["pc1"].state is Seen.SEEN


@pytest.mark.parametrize(("days", "state"), [(6.9, Seen.NOT_OBSERVABLE), (7.0, Seen.NOT_SEEN)])
def test_a_history_that_is_too_short_is_a_blind_spot(tables: EventTables, days: float, state: Seen) -> None:
    later = (DAY + dt.timedelta(days=days)).replace(tzinfo=None)
    fill(tables, "dns", {"image": "a", "query": "b"}, {"image": "a", "query": "b", "time": later})
    answer = states(tables, Question(of="x", needs=(DNS,), history_days=7), "pc1")["pc1"]
    assert answer.state is state
    assert (answer.first, answer.last) == (DAY, later.replace(tzinfo=dt.UTC))


def test_only_rows_of_the_window_count(tables: EventTables) -> None:
    fill(tables, "dns", {"image": "a", "query": "b"})
    before = Question(of="x", needs=(DNS,), window=Window(until=DAY))
    since = Question(of="x", needs=(DNS,), window=Window(since=DAY))
    assert states(tables, before, "pc1")["pc1"].why == "no dns events in the lead's window"
    assert states(tables, since, "pc1")["pc1"].state is Seen.NOT_SEEN


def test_the_power_says_what_would_have_shown(tables: Any) -> None:
    start = DAY.replace(tzinfo=None)
    fill(tables, "dns", *({"query": "a", "time": start + dt.timedelta(days=day)} for day in range(3)))
    question = Question(of="x", needs=({"dns": frozenset({"query"})},), power=lambda days: f"{days:.0f} days")
    measured = measure(tables, all_needs([question]), question.window)
    [answer] = observability(question, measured, ["pc1"], frozenset())
    assert answer.power.startswith("2 days; 3 dns events")


def test_an_exclusion_is_a_blind_spot_from_then_on() -> None:
    at = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
    sighting = Sighting(
        id="1", of="exclusion-added", title="X", device="pc1", first=at, last=at, count=1, stage="s",
        severity=Severity.MEDIUM, detail="c:\\phone",
    )  # fmt: skip
    [blind] = excluded([sighting, msgspec.structs.replace(sighting, of="beacon")], "exclusion-added")
    assert (blind.state, blind.first, blind.device) == (Seen.NOT_OBSERVABLE, at, "pc1")
    assert "c:\\phone" in blind.why
    assert "remove" in blind.remedy
