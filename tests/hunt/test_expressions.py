from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa
import pytest

from unrig.hunt.expressions import below, calendar_days, days_between, file_name, folder, naive, parameters, within
from unrig.store.event_tables import EventTables


def answer(tables: EventTables, **columns: object) -> dict[str, object]:
    one = ibis.memtable(pa.table({"one": [1]}))
    return dict(tables.answer(one.mutate(**columns)).to_pylist()[0])


@pytest.mark.parametrize(
    ("path", "name", "parent"),
    [
        ("c:\\a b\\c.exe", "c.exe", "c:\\a b"),
        ("/usr/bin/x", "x", "/usr/bin"),
        ("c:\\a/b.dll", "b.dll", "c:\\a"),
        ("bare.exe", "bare.exe", "bare.exe"),
        ("c:\\dir\\", "", "c:\\dir"),
    ],
)
def test_a_path_is_its_folder_and_its_name(tables: EventTables, path: str, name: str, parent: str) -> None:
    text = ibis.literal(path)
    assert answer(tables, a=file_name(text), b=folder(text)) == {"one": 1, "a": name, "b": parent}


@pytest.mark.parametrize(
    ("host", "expected"),
    [("a.example", True), ("x.a.example..", True), ("xa.example", False), ("a.example.org", False), ("", False)],
)
def test_below_goes_by_labels(tables: EventTables, host: str, expected: bool) -> None:
    assert answer(tables, a=below(ibis.literal(host), ["b.example", "a.example"]))["a"] is expected


@pytest.mark.parametrize(
    ("later", "expected"), [("2024-03-04 23:59:59", 0), ("2024-03-05 00:00:00", 1), ("2024-03-11 01:00:00", 7)]
)
def test_calendar_days_count_midnights(tables: EventTables, later: str, expected: int) -> None:
    assert (
        answer(tables, a=calendar_days(ibis.timestamp("2024-03-04 09:00:00"), ibis.timestamp(later)))["a"] == expected
    )


def test_days_have_fractions(tables: EventTables) -> None:
    first, second = ibis.timestamp("2024-03-04 00:00:00"), ibis.timestamp("2024-03-05 12:00:00")
    assert answer(tables, a=days_between(first, second))["a"] == 1.5


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(None, None, True), (4, None, True), (5, None, False), (None, 4, False), (None, 5, True), (4, 5, True)],
)
def test_a_window_takes_its_start_and_not_its_end(
    tables: EventTables, since: int | None, until: int | None, expected: bool
) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    ends = [None if day is None else dt.datetime(2024, 3, day, 2, tzinfo=zone) for day in (since, until)]
    table = parameters({"since": [ends[0]], "until": [ends[1]]}, times=("since", "until"))
    inside = within(ibis.timestamp("2024-03-04 00:00:00"), table.since, table.until)
    assert tables.answer(table.select(a=inside)).to_pylist() == [{"a": expected}]


def test_parameters_keep_their_types_without_a_row() -> None:
    table = parameters({"of": [], "since": [], "bad": []}, times=("since",), flags=("bad",))
    assert [str(kind) for kind in table.schema().types] == ["string", "timestamp(6)", "boolean"]


def test_a_moment_in_the_tables_is_utc_without_saying_so() -> None:
    zone = dt.timezone(dt.timedelta(hours=-5))
    assert naive(dt.datetime(2024, 3, 4, 7, tzinfo=zone)) == dt.datetime(2024, 3, 4, 12)  # noqa: DTZ001  (tables are naive UTC)
