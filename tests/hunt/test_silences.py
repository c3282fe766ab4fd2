from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt.silences import SILENT_DAYS, ends, pauses, silent
from unrig.model.moment import Window
from unrig.model.telemetry import Seen
from unrig.report import text_hunt

START = dt.datetime(2024, 3, 4, tzinfo=dt.UTC)
FIRST_CONTACT = "first-contact-code-hosting"


def days(first: int, end: int) -> Window:
    return Window(since=START + dt.timedelta(days=first), until=START + dt.timedelta(days=end))


def told(result: Any, device: str) -> Any:
    [answer] = [each for each in result.observability if (each.of, each.device) == (FIRST_CONTACT, device)]
    return answer


def query(log: Any, kit: Any, device: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        log.query(number, device, kit.phone, "a.example")


def test_a_sensor_that_comes_late_and_pauses_leaves_stretches_without_an_answer(
    log: Any, tmp_path: Path, kit: Any
) -> None:
    query(log, kit, "pc1", range(40))
    query(log, kit, "pc2", [*range(20, 26), *range(32, 38)])
    result = kit.run(log.write(tmp_path / "log"))
    assert told(result, "pc1").silent == ()
    answer = told(result, "pc2")
    assert answer.state is Seen.NOT_SEEN
    assert answer.silent == (days(0, 20), days(26, 32))
    assert "1 device logged nothing of what was asked for on some days in between" in result.because
    [line] = text_hunt._silent(result.observability, verbose=False)
    assert "pc2 20 days from 2024-03-04" in line


def test_a_weekend_is_no_silence(log: Any, tmp_path: Path, kit: Any) -> None:
    query(log, kit, "pc1", [day for day in range(40) if day % 7 < 5])
    query(log, kit, "pc2", [day for day in range(38) if day % 7 < 5])
    result = kit.run(log.write(tmp_path / "log"))
    assert {told(result, device).silent for device in ("pc1", "pc2")} == {()}


def test_another_way_to_answer_fills_the_silence(log: Any, tmp_path: Path, kit: Any) -> None:
    query(log, kit, "pc1", [0, 1, 12, 13])
    for day in range(2, 12):
        log.event(3, day, "pc1", Image=kit.phone, DestinationHostname="a.example", DestinationPort=443)
    assert told(kit.run(log.write(tmp_path / "log")), "pc1").silent == ()


def test_pauses_are_those_between_rows_of_one_class(made: Any, kit: Any) -> None:
    for day in (0, 1, 6, 7, 20):
        made.add("dns", day, "pc1", query="a.example", image="c:\\a.exe")
        made.start(day / 8, "pc1", "c:\\a.exe")
    made.tables()
    found = pauses(made.store, ("dns", "process"), START + dt.timedelta(days=90))
    assert found == {("pc1", "dns"): (days(2, 6), days(8, 20))}


@pytest.mark.parametrize(("first", "last", "expected"), [(0, 9, ()), (4, 9, ((0, 4),)), (0, 5, ((6, 10),))])
def test_what_comes_before_the_first_row_and_after_the_last(first: int, last: int, expected: Any) -> None:
    within = Window(since=START + dt.timedelta(hours=5), until=START + dt.timedelta(days=9, hours=7))
    rows = [START + dt.timedelta(days=day, hours=12) for day in (first, last)]
    assert ends(rows[0], rows[1], within) == tuple(days(*each) for each in expected)


WINDOWS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 12)).map(lambda pair: days(pair[0], sum(pair))), max_size=4
)


@settings(deadline=None, max_examples=60)
@given(alternatives=st.lists(st.lists(WINDOWS.map(tuple), min_size=1, max_size=3), min_size=1, max_size=3))
def test_silent_days_are_those_on_which_every_way_lacks_a_class(alternatives: list[list[tuple[Window, ...]]]) -> None:
    within = Window(since=START, until=START + dt.timedelta(days=29, hours=3))
    found = silent(within, alternatives)

    def lacks(classes: list[tuple[Window, ...]], day: dt.datetime) -> bool:
        return any(
            each.since <= day < each.until for windows in classes for each in windows if each.since and each.until
        )

    every = [START + dt.timedelta(days=number) for number in range(30)]
    quiet = [all(lacks(classes, day) for classes in alternatives) for day in every]
    said = [any(each.since <= day < each.until for each in found if each.since and each.until) for day in every]
    runs = "".join("x" if each else "." for each in quiet).split(".")
    assert sum(said) == sum(len(run) for run in runs if len(run) >= SILENT_DAYS)
    assert all(was for was, told_ in zip(quiet, said, strict=True) if told_)
