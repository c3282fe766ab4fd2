from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
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


def test_rows_come_from_files_of_one_folder_and_of_no_other(tmp_path: Path) -> None:
    kept = tmp_path / "it's kept"
    kept.mkdir()
    for number, path in enumerate((kept / "one", kept / "two", tmp_path / "outside")):
        pq.write_table(rows(query="a", record=number), path)
    with event_tables(kept=kept) as tables:
        tables.append("dns", rows(query="b", record=9))
        tables.append_files("dns", [kept / "one", kept / "two"])
        found = tables.answer(tables.tables["dns"].order_by("record"))
        assert found["record"].to_pylist() == [0, 1, 9]
        for path in (tmp_path / "outside", kept / ".." / "outside"):
            with pytest.raises(duckdb.PermissionException):
                tables.append_files("dns", [path])
        with pytest.raises(duckdb.Error):
            tables._filled().execute("SET allowed_directories = ['/']")


def test_rows_are_there_whatever_is_asked_next() -> None:
    with event_tables() as tables:
        tables.append("dns", rows(query="a", record=1, source="s1"))
        assert tables.rows("dns") == 1
        tables.append("dns", rows(query="a", record=2, source="s1"))
        assert tables.repeats() == {"dns": {"s1": 1}}
        tables.append("dns", rows(query="c", record=3, source="s1"))
        tables.replace("dns", "", lambda: tables.tables["dns"].filter(tables.tables["dns"].record > 1))
        tables.append("dns", rows(query="d", record=4, source="s1"))
        tables.put("beside", pa.table({"a": [1]}))
        assert tables.answer(tables.tables["dns"].order_by("record"))["record"].to_pylist() == [2, 3, 4]


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
