from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from unrig.data.events import arrow_schema, class_names
from unrig.store.event_tables import EventTables, event_tables


def rows(**columns: object) -> pa.Table:
    return pa.Table.from_pylist([columns], schema=arrow_schema("dns"))


def test_all_classes_are_there_and_empty() -> None:
    with event_tables() as tables:
        assert set(tables.tables) == set(class_names())
        for name in class_names():
            assert tables.answer(tables.tables[name]).schema.names == arrow_schema(name).names


def test_rows_are_appended() -> None:
    with event_tables() as tables:
        tables.append("dns", rows(query="a", record=1, device="pc1"))
        tables.append("dns", rows(query="b", record=101, device=None))
        found = tables.answer(tables.tables["dns"].order_by("record")).to_pylist()
        assert [(row["query"], row["record"]) for row in found] == [("a", 1), ("b", 101)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/unrig-escape.csv'",
        "ATTACH '/tmp/unrig-escape.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET autoload_known_extensions = true",
        "SELECT * FROM local_variable",
    ],
)
def test_the_engine_reaches_nothing_outside(statement: str) -> None:
    local_variable = pa.table({"a": [1]})
    with event_tables() as tables, pytest.raises(duckdb.Error):
        tables._connection.execute(statement)
    assert local_variable.num_rows == 1
    assert not list(Path("/tmp").glob("unrig-escape*"))


def test_the_temporary_folder_goes_with_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with event_tables() as tables:
        assert isinstance(tables, EventTables)
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def test_rows_that_say_the_same_are_counted_by_source_and_kept_once() -> None:
    with event_tables() as tables:
        tables.append("dns", rows(query="a", source="s1", record=1, device="pc1"))
        for source, record in (("s2", 9), ("s2", 10), ("s1", 2)):
            tables.append("dns", rows(query="a", source=source, record=record, device="pc1"))
        for other in ({"query": "b"}, {"query": "a", "rest": "{}"}, {"query": "a", "device": None}):
            tables.append("dns", rows(**{"source": "s2", "record": 3, "device": "pc1"} | other))
        assert tables.repeats() == {"dns": {"s1": 1, "s2": 2}}
        tables.keep_once("dns")
        assert tables.repeats() == {}
        found = tables.answer(tables.tables["dns"].order_by("source", "record", "query")).to_pylist()
        assert [(row["source"], row["record"]) for row in found] == [("s1", 1), ("s2", 3), ("s2", 3), ("s2", 3)]
