"""Values of somebody's tables become what unrig's own readers would make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt.engine_sql import Parts
from unrig.hunt.engine_tables import answer
from unrig.hunt.engines.duckdb import DuckDbFile
from unrig.hunt.mapped import UnfitError, view
from unrig.hunt.mapping import Given, MappedTable
from unrig.model.device import device_id
from unrig.store.event_tables import embedded

TIME = dt.datetime(2024, 3, 4, 9, 30, 0, 125000)  # noqa: DTZ001  (columns are naive UTC)


@pytest.fixture(scope="module")
def session() -> Iterator[DuckDbFile]:
    with embedded() as opened:
        yield DuckDbFile(opened.connection)


def seen(session: DuckDbFile, event_class: str, column: str, values: Any, origin: Any = "x") -> list[Any]:
    """Return one of our columns made of a column `x`, in the order of its values."""
    rows = pa.table({"n": list(range(len(values))), "x": values, "t": [TIME] * len(values)})
    columns = {"record": "n", "time": "t", column: origin}
    mapped = MappedTable(table="theirs", event_class=event_class, columns=columns)
    found = answer(session, Parts(session), view(ibis.memtable(rows), mapped, "s", session.moment).order_by("record"))
    return list(found[column].to_pylist())


SHA = "AB" * 32


@pytest.mark.parametrize(
    ("event_class", "column", "value", "expected"),
    [
        ("dns", "query", "WWW.C2.Example.", "www.c2.example"),
        ("dns", "query", "-", None),
        ("dns", "query", "", None),
        ("dns", "query", None, None),
        ("dns", "user", "CORP\\Ann", "CORP\\Ann"),
        ("dns", "device", "CORP\\PC1$", "pc1"),
        ("dns", "device", " PC1.corp.example. ", "pc1"),
        ("dns", "device", "10.0.0.7", "10.0.0.7"),
        ("dns", "process_guid", "{AB-1}", "ab-1"),
        ("process", "sha256", SHA, SHA.lower()),
        ("process", "sha256", f"MD5={'0' * 32},SHA256={SHA},IMPHASH={'1' * 32}", SHA.lower()),
        ("process", "sha256", "0" * 40, None),
        ("process", "md5", f"SHA256={SHA},MD5={'A' * 32}", "a" * 32),
        ("process", "imphash", "A" * 32, "a" * 32),
        ("network", "destination_port", "443", 443),
        ("network", "destination_port", "https", None),
        ("network", "destination_port", 443, 443),
        ("network", "duration", "1.5", 1.5),
        ("network", "duration", "long", None),
        ("network", "initiated", "TRUE", True),
        ("network", "initiated", 0, False),
        ("network", "initiated", "maybe", None),
    ],
)
def test_a_value_is_folded(event_class: str, column: str, value: Any, expected: Any, session: DuckDbFile) -> None:
    values = pa.array([value], pa.string()) if value is None else [value]
    assert seen(session, event_class, column, values) == [expected]


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1709544600.125, "s"),
        (1709544600125, "ms"),
        (1709544600125000, "us"),
        (1709544600125000999, "ns"),
        ("2024-03-04T09:30:00.125Z", ""),
        ("2024-03-04 09:30:00.125", ""),
        ("2024-03-04T09:30:00.125+00:00", ""),
        (TIME, ""),
        (TIME.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))) + dt.timedelta(hours=1), ""),
    ],
)
def test_a_time_is_utc_whatever_it_counts(value: Any, unit: Any, session: DuckDbFile) -> None:
    rows = pa.table({"x": [value]})
    columns: dict[str, str | Given] = {"time": Given(column="x", unit=unit)}
    mapped = MappedTable(table="theirs", event_class="dns", columns=columns)
    found = answer(session, Parts(session), view(ibis.memtable(rows), mapped, "s", session.moment))
    assert found["time"].to_pylist() == [TIME]


@pytest.mark.parametrize("value", ["yesterday", "2024-03-04", "2024-03-04T09:30:00+02:00"])
def test_a_text_that_is_no_time_in_utc_is_none(value: str, session: DuckDbFile) -> None:
    mapped = MappedTable(table="theirs", event_class="dns", columns={"time": "x"})
    assert (
        answer(
            session, Parts(session), view(ibis.memtable(pa.table({"x": [value]})), mapped, "s", session.moment)
        ).num_rows
        == 0
    )


@pytest.mark.parametrize(
    ("event_class", "column", "values", "words"),
    [
        ("dns", "time", [1], "with its unit"),
        ("dns", "time", [dt.date(2024, 3, 4)], "a day is none"),
        ("dns", "query", [1.5], "query: expected text, found x of type float64"),
        ("network", "destination_port", [True], "whole number"),
        ("network", "initiated", [1.5], "expected a Boolean"),
    ],
)
def test_a_type_that_cannot_be_ours_is_said(event_class: str, column: str, values: Any, words: str) -> None:
    mapped = MappedTable(table="theirs", event_class=event_class, columns={"time": "t", column: "x"})
    table = ibis.memtable(pa.table({"x": values, "t": [TIME]}))
    with pytest.raises(UnfitError, match=words):
        view(table, mapped, "s", lambda micros: micros)


def test_words_mean_what_the_mapping_says_in_any_case(session: DuckDbFile) -> None:
    words = Given(column="x", words={"Outbound": "true", "inbound": "false"})
    assert seen(session, "network", "initiated", ["OUTBOUND", "Inbound", "lateral"], words) == [True, False, None]
    made = Given(column="x", words={"ProcessRollup2": "start"})
    assert seen(session, "process", "action", ["PROCESSROLLUP2", "stop"], made) == ["start", "stop"]


@settings(max_examples=30)
@given(st.lists(st.text(st.sampled_from("aB1.$\\ :-é"), max_size=12), min_size=1, max_size=20))
def test_a_device_is_called_what_the_readers_call_it(names: list[str]) -> None:
    with duckdb.connect() as connection:
        found = seen(DuckDbFile(connection), "dns", "device", names)
    assert found == [device_id(name) or None if name not in ("", "-") else None for name in names]
