from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrig.hunt import stages
from unrig.hunt.analytics import ANALYTICS
from unrig.hunt.analytics.beacon import ANALYTIC, PAIRS, SCORES, TIMES
from unrig.hunt.kinds import Analytic
from unrig.hunt.sightings import counted
from unrig.store.event_tables import EventTables

SECOND = 1 / 86400
BEACON = st.tuples(
    st.sampled_from(["pc1", "pc2"]), st.integers(0, 3), st.sampled_from([60, 600, 3600]), st.integers(5, 30)
)


def drawn(made: Any, beacons: list[tuple[str, int, int, int]], noise: list[int]) -> None:
    for device, host, every, count in beacons:
        for number in range(count):
            at = number * every * SECOND * (1 + number % 3 / 50)
            made.add("http", at, device, host=f"c{host}.example", image="c:\\a.exe", bytes_out=200 + number % 3)
            made.add("network", at, device, destination_ip=f"192.0.2.{host}", initiated=True)
    for number, second in enumerate(noise):
        made.add("dns", second * SECOND, "pc1", query=f"n{number % 3}.example")


def answered(store: EventTables, unit: Analytic) -> list[Any]:
    with stages.held(store, unit, (), ""):
        rows = store.answer(counted(unit.rows(stages.with_held(store, unit), ())))
    return rows.to_pylist()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    beacons=st.lists(BEACON, min_size=1, max_size=4),
    noise=st.lists(st.integers(0, 86400), max_size=40),
    part=st.integers(1, 60),
)
def test_what_is_held_or_made_part_by_part_gives_the_same_as_one_expression(
    beacons: list[tuple[str, int, int, int]], noise: list[int], part: int, made: Any
) -> None:
    store = made.store
    for name in ("http", "network", "dns"):
        store._connection.execute(f"DELETE FROM {name}")
    drawn(made, beacons, noise)
    tables = made.tables()
    written = store.answer(counted(ANALYTIC.rows(stages.written_out(ANALYTIC, tables, ()), ()))).to_pylist()
    assert answered(store, ANALYTIC) == written
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "PART_ROWS", part)
        assert answered(store, ANALYTIC) == written


def test_parts_are_as_many_as_rows_ask_for_and_cover_each_pair_once(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(made, [("pc1", host, 600, 30) for host in range(3)], [])
    made.tables()
    monkeypatch.setattr(stages, "PART_ROWS", 50)
    extended: list[str] = []
    extend = EventTables.extend
    monkeypatch.setattr(
        EventTables, "extend", lambda self, name, *rest: extended.append(name) or extend(self, name, *rest)
    )
    with stages.held(made.store, ANALYTIC, (), ""):
        assert made.store.rows(TIMES) == 180
        scored = made.store.answer(made.store.given(SCORES))["pair"].to_pylist()
        pairs = made.store.answer(made.store.given(PAIRS))["pair"].to_pylist()
    assert extended == [SCORES] * 3
    assert len(scored) == len(set(scored)) > 0
    assert set(scored) <= set(pairs)


def test_nothing_is_held_behind_the_block(made: Any) -> None:
    drawn(made, [("pc1", 1, 600, 10)], [])
    made.tables()
    with stages.held(made.store, ANALYTIC, (), ""):
        assert made.store.rows(PAIRS) > 0
    with pytest.raises(KeyError):
        made.store.given(PAIRS)


def test_a_stage_is_made_of_earlier_ones_only() -> None:
    for unit in ANALYTICS:
        earlier: list[str] = []
        for stage in unit.stages:
            assert not stage.part_of or stage.part_of in earlier, (unit.id, stage.name)
            assert bool(stage.part_of) == bool(stage.part_by)
            earlier.append(stage.name)
        assert len(earlier) == len(set(earlier))
