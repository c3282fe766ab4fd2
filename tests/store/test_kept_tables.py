from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from unrig.store.kept_tables import KeptTables

SCHEMA = pa.schema([("query", pa.string()), ("record", pa.int64())])
ROWS = pa.table({"query": ["a", None], "record": [1, 2]}, SCHEMA)
NAME = "a" * 64


def keep(folder: Path, version: str = "v1") -> KeptTables:
    tables = KeptTables(str(folder), version)
    with tables.writing(NAME) as writing:
        writing.add("dns", ROWS)
        writing.add("dns", ROWS)
        writing.finish(b"about")
    return tables


def test_what_was_finished_comes_back_for_the_same_version(tmp_path: Path) -> None:
    tables = keep(tmp_path / "kept")
    assert tables.about(NAME) == b"about"
    assert tables.rows(NAME, "dns", SCHEMA) == pa.concat_tables([ROWS, ROWS])
    assert tables.rows(NAME, "process", SCHEMA) is None
    assert KeptTables(str(tmp_path / "kept"), "v2").about(NAME) is None
    assert keep(tmp_path / "kept").about(NAME) == b"about"


def test_what_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    tables = KeptTables(str(tmp_path), "v1")
    with tables.writing(NAME) as writing:
        writing.add("dns", ROWS)
    assert tables.about(NAME) is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_damaged_or_of_other_columns_is_not_there(tmp_path: Path) -> None:
    tables = keep(tmp_path)
    assert tables.rows(NAME, "dns", pa.schema([("query", pa.string())])) is None
    [file] = tmp_path.glob("*/dns.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    assert tables.rows(NAME, "dns", SCHEMA) is None
