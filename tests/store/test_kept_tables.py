from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unrig.store.kept_tables import KeptTables

SCHEMA = pa.schema([("query", pa.string()), ("record", pa.int64())])
ROWS = pa.table({"query": ["a", None], "record": [1, 2]}, SCHEMA)
NAME = "a" * 64


def keep(folder: Path, version: str = "v1") -> KeptTables:
    tables = KeptTables(str(folder), version)
    with tables.writing(NAME) as writing:
        writing.add("dns", ROWS)
        writing.add("dns", ROWS)
        (digest,) = writing.digests().values()
        writing.finish(digest.encode())
    return tables


def test_what_was_finished_comes_back_for_the_same_version(tmp_path: Path) -> None:
    tables = keep(tmp_path / "kept")
    digest = (tables.about(NAME) or b"").decode()
    path = tables.file(NAME, "dns", digest)
    assert path is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert pq.read_table(path) == pa.concat_tables([ROWS, ROWS])
    assert tables.file(NAME, "process", digest) is None
    assert KeptTables(str(tmp_path / "kept"), "v2").about(NAME) is None
    assert keep(tmp_path / "kept").file(NAME, "dns", digest) == path


def test_a_table_that_nothing_was_added_to_has_no_digest(tmp_path: Path) -> None:
    with KeptTables(str(tmp_path), "v1").writing(NAME) as writing:
        assert writing.digests() == {}


def test_what_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    tables = KeptTables(str(tmp_path), "v1")
    with tables.writing(NAME) as writing:
        writing.add("dns", ROWS)
    assert tables.about(NAME) is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_damaged_is_not_there(tmp_path: Path) -> None:
    tables = keep(tmp_path)
    digest = (tables.about(NAME) or b"").decode()
    [file] = tmp_path.glob("*/dns.parquet")
    whole = bytearray(file.read_bytes())
    whole[10] ^= 1
    for damaged in (bytes(whole), whole[:-20]):
        file.write_bytes(damaged)
        assert tables.file(NAME, "dns", digest) is None
