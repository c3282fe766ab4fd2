from __future__ import annotations

import os
from pathlib import Path

import engine_kit as kit
import pyarrow.parquet as pq
import pytest

from unrig.hunt import pipeline
from unrig.hunt.address import address
from unrig.hunt.analytics import ANALYTICS
from unrig.hunt.engine import EngineError
from unrig.model.errors import UsageError

chdb = pytest.importorskip("chdb.session", reason="chdb is not installed: make optional")

SLOW = ("beacon", "dormancy", "hands-on-keyboard", "new-since-release")
"""What takes ClickHouse's planner longest; `UNRIG_ENGINES=all` asks all."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of ClickHouse's with the tables of `theirs`, in a database of their own."""
    made = tmp_path_factory.mktemp("clickhouse")
    session = chdb.Session(str(made / "data"))
    session.query("CREATE DATABASE logs ENGINE = Atomic")
    for name, rows in kit.theirs().items():
        pq.write_table(rows, made / f"{name}.parquet")
        session.query(
            f"CREATE TABLE logs.{name} ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM file('{made}/{name}.parquet')"
        )
    session.close()
    return made / "data"


def mapping() -> str:
    return kit.MAPPING.replace('table = "', 'table = "logs.')


def contents(folder: Path) -> dict[str, bytes]:
    """Return the data of all parts, by path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.bin")}


def test_the_same_sightings_and_nothing_changed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = kit.said(kit.at_home())
    if os.environ.get("UNRIG_ENGINES") != "all":
        home = {of: rows for of, rows in home.items() if of not in SLOW}
        monkeypatch.setattr(pipeline, "ANALYTICS", tuple(each for each in ANALYTICS if each.id not in SLOW))
    before = contents(folder)
    result = kit.hunted(f"clickhouse:///{folder}", mapping(), tmp_path)
    assert not result.problems
    assert [each for each in result.not_evaluated if "engine" in each.reason] == []
    assert kit.said(result) == home
    states = kit.states(kit.at_home())
    assert kit.states(result) == {of: state for of, state in states.items() if of in kit.states(result)}
    assert contents(folder) == before


def test_a_session_cannot_write(folder: Path) -> None:
    from unrig.hunt.engines.clickhouse import connect

    with connect(address(f"clickhouse:///{folder}")) as session:
        for change in ("CREATE TABLE logs.x (a Int8) ENGINE = Log", "TRUNCATE TABLE logs.dns_log", "SET readonly = 0"):
            with pytest.raises(EngineError, match="readonly"):
                session.run(change)
        assert session.run("SELECT 1 AS one").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clickhouse://db.example:9000/logs", "found a server.*embedded engine only"),
        ("clickhouse:///nowhere", "expected a folder of ClickHouse's"),
        ("clickhouse:///", "expected a folder of ClickHouse's"),
    ],
)
def test_what_is_no_folder_is_said(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        kit.hunted(text, "", tmp_path)
