from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.clocks import EARLIEST, clock_problems, plausible
from unrig.model.moment import Window
from unrig.model.problem import ProblemKind
from unrig.model.telemetry import Seen

SERVER = "203.0.113.9"


def connections(made: Any, device: str, *, seconds: float, count: int = 12, sensed: bool = True) -> None:
    """Add connections of a device whose clock is ahead by so many seconds, as it and a sensor log them."""
    for number in range(count):
        ends = {
            "source_ip": f"10.0.0.{device[-1]}",
            "source_port": 50_000 + number,
            "destination_ip": SERVER,
            "destination_port": 443,
        }
        day = 0.1 + number / 100
        made.add("network", day + seconds / 86_400, device, image="c:\\a.exe", **ends)
        if sensed:
            made.add("network", day, None, connection_id=f"C{device}{number}", **ends)


@pytest.mark.parametrize(("seconds", "said"), [(-3600, "3600 s behind"), (120, "120 s ahead")])
def test_a_clock_that_is_off_is_named(made: Any, seconds: float, said: str) -> None:
    connections(made, "pc1", seconds=seconds)
    made.tables()
    [problem] = clock_problems(made.store)
    assert (problem.where, problem.kind) == ("device pc1", ProblemKind.FORMAT)
    assert said in problem.observed
    assert "12 connections" in problem.observed


def test_clocks_that_agree_or_that_nobody_compares_with_are_not(made: Any) -> None:
    connections(made, "pc1", seconds=40)
    connections(made, "pc2", seconds=3600, count=5)
    connections(made, "pc3", seconds=3600, sensed=False)
    made.tables()
    assert not list(clock_problems(made.store))


def test_the_same_ports_again_at_any_time_are_no_clock(made: Any) -> None:
    for number in range(30):
        ends = {"source_ip": "10.0.0.7", "source_port": 123, "destination_ip": SERVER, "destination_port": 123}
        made.add("network", 0.01 * number, "pc1", image="c:\\clock.exe", **ends)
        made.add("network", 0.01 * (number * 7 % 30), None, connection_id=f"C{number}", **ends)
    made.tables()
    assert not list(clock_problems(made.store))


def times(log: Any, tmp_path: Path, kit: Any, *days: float) -> Any:
    for day in range(30):
        log.query(day, "pc1", kit.phone, "a.example")
    for day in days:
        log.query(day, "pc1", kit.phone, "b.example")
    return kit.run(log.write(tmp_path / "log"))


@pytest.mark.parametrize("day", [-20_000, 4000, -700])
def test_a_time_that_cannot_be_right_is_counted_with_its_place(log: Any, tmp_path: Path, kit: Any, day: float) -> None:
    result = times(log, tmp_path, kit, day)
    [source] = result.sources
    assert (source.rows, source.misdated) == (31, 1)
    [problem] = result.problems
    assert problem.where == f"{tmp_path / 'log'}: record 31"
    assert "1 of 31" in problem.observed


def test_times_of_an_archive_are_no_surprise(log: Any, tmp_path: Path, kit: Any) -> None:
    result = times(log, tmp_path, kit, *(-25 * number for number in range(40)))
    assert [source.misdated for source in result.sources] == [0]
    assert not result.problems


def test_an_event_of_1979_is_no_history(log: Any, tmp_path: Path, kit: Any) -> None:
    """A clock without a battery must not make a device's log look long enough."""
    for day in (-16_000, 0, 1):
        log.query(day, "pc1", kit.phone, "a.example")
    result = kit.run(log.write(tmp_path / "log"))
    [answer] = [each for each in result.observability if each.of == "first-contact-code-hosting"]
    assert (answer.state, answer.why) == (Seen.NOT_OBSERVABLE, "1 days of history, 7 are needed")


def test_a_window_is_cut_to_what_can_be() -> None:
    now = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    assert plausible(Window(), now) == Window(since=EARLIEST, until=now + dt.timedelta(days=1))
    own = Window(since=now - dt.timedelta(days=3), until=now)
    assert plausible(own, now) == own
