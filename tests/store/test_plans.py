from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pytest

from unrig.data.events import arrow_schema
from unrig.model.fact import Fact
from unrig.store.event_tables import EventTables, event_tables
from unrig.store.fact_cache import FactCache, open_cache
from unrig.store.plans import Plan, Plans, packed, unpacked

if TYPE_CHECKING:
    import ibis.expr.types as ir


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[FactCache]:
    with open_cache(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(cache: FactCache) -> Iterator[EventTables]:
    with event_tables("256MB", Plans(cache, "this")) as opened:
        opened.append("dns", rows("a.example", "b.example", "c.example"))
        yield opened


def rows(*queries: str) -> pa.Table:
    columns = [
        pa.array(queries if field.name == "query" else [None] * len(queries), field.type)
        for field in arrow_schema("dns")
    ]
    return pa.table(columns, schema=arrow_schema("dns"))


def never() -> ir.Table:
    raise AssertionError("an expression is made although its plan is known")


def wanted(store: EventTables, *names: str) -> ir.Table:
    asked = store.tables["dns"]
    given = ibis.memtable(pa.table({"name": pa.array(names, pa.string())}))
    return asked.semi_join(given, asked.query == given.name).agg(rows=lambda found: found.count())


def test_a_known_question_is_answered_without_its_expression(store: EventTables) -> None:
    first = store.ask("some", lambda: wanted(store, "a.example", "b.example", "z.example"))
    again = store.ask("some", never)
    assert first.to_pylist() == again.to_pylist() == [{"rows": 2}]
    assert first.schema.equals(again.schema)


def test_a_plan_holds_no_row_of_the_tables(store: EventTables) -> None:
    store.ask("some", lambda: wanted(store, "a.example"))
    store.append("dns", rows("a.example"))
    assert store.ask("some", never).to_pylist() == [{"rows": 2}]


def test_another_question_has_another_answer(store: EventTables) -> None:
    store.ask("some", lambda: wanted(store, "a.example", "b.example"))
    assert store.ask("other", lambda: wanted(store, "c.example")).to_pylist() == [{"rows": 1}]


def test_other_code_has_other_plans(cache: FactCache) -> None:
    plan = Plan(sql="SELECT 1", answer=b"")
    Plans(cache, "this").add("some", plan)
    assert Plans(cache, "this").get("some") == plan
    assert Plans(cache, "that").get("some") is None


def test_a_damaged_plan_is_none(cache: FactCache) -> None:
    plans = Plans(cache, "this")
    plans.add("some", Plan(sql="SELECT 1", answer=b""))
    [kept] = cache.facts(plans._key("some"))
    cache.add([Fact(sha256=kept.sha256, reader=kept.reader, reader_version=kept.reader_version, value=b"\xff")])
    assert plans.get("some") is None


def test_an_answer_has_the_types_of_its_expression(store: EventTables) -> None:
    def total() -> ir.Table:
        return store.tables["dns"].agg(total=lambda asked: asked.record.sum(), first=lambda asked: asked.time.min())

    assert store.answer(total()).schema.equals(store.ask("total", total).schema)
    assert store.ask("total", never).schema.types == [pa.int64(), pa.timestamp("us")]


def test_rows_take_the_place_of_a_class(store: EventTables) -> None:
    def later() -> ir.Table:
        asked = store.tables["dns"]
        return asked.filter(asked.query != "a.example").mutate(device=ibis.literal("pc1")).select(*asked.columns)

    store.replace("dns", "later", later)
    store.append("dns", rows("d.example"))
    found = store.answer(store.tables["dns"].select("query", "device").order_by("query")).to_pylist()
    assert [(row["query"], row["device"]) for row in found] == [
        ("b.example", "pc1"),
        ("c.example", "pc1"),
        ("d.example", None),
    ]


def test_a_table_that_is_put_twice_is_the_last_one(store: EventTables) -> None:
    for name in ("a", "b"):
        store.put("beside", pa.table({"name": [name]}))
    assert store.answer(store.given("beside")).to_pylist() == [{"name": "b"}]


def test_small_tables_survive_being_kept() -> None:
    table = pa.table({"name": ["a", None], "flag": [True, False]})
    assert unpacked(packed({"one": table}))["one"].equals(table)
