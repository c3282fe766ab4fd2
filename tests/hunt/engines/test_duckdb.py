from __future__ import annotations

import re
from pathlib import Path

import duckdb
import engine_kit as kit
import pyarrow as pa
import pytest

from unrig.hunt import pipeline
from unrig.hunt.analytics.dns_volume import ANALYTIC as DNS_VOLUME
from unrig.hunt.analytics.long_connection import ANALYTIC as LONG_CONNECTION
from unrig.hunt.engine import EngineError
from unrig.hunt.engines.duckdb import DuckDbFile
from unrig.model.errors import UsageError
from unrig.model.telemetry import Seen


def database(path: Path, tables: kit.Tables) -> str:
    with duckdb.connect(str(path)) as connection:
        for name, rows in tables.items():
            connection.register("given_rows", rows)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given_rows')
    return f"duckdb:///{path}"


def test_somebodys_own_tables_give_the_same_sightings_and_blind_spots(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    address = database(path, kit.theirs())
    before = path.read_bytes()
    result = kit.hunted(address, kit.MAPPING, tmp_path)
    assert not result.problems
    assert kit.said(result) == kit.said(kit.at_home())
    assert kit.states(result) == kit.states(kit.at_home())
    assert len(kit.said(result)) >= 30
    assert path.read_bytes() == before
    assert {each.kind for each in result.sources} == {"table"}
    assert {each.source for found in result.sightings for each in found.rows} <= {each.id for each in result.sources}


def test_tables_named_like_ours_need_no_mapping(tmp_path: Path) -> None:
    few = {name: rows for name, rows in kit.events().items() if name in ("dns", "exclusion")}
    result = kit.hunted(database(tmp_path / "ours.db", few), "", tmp_path)
    home = {of: rows for of, rows in kit.said(kit.at_home()).items() if of in ("dns-volume", "n")}
    assert {of: rows for of, rows in kit.said(result).items() if of in home} == home
    assert {each.path.rpartition("#")[2] for each in result.sources} == {"dns as dns", "exclusion as exclusion"}


def test_a_table_of_another_schema_and_a_view(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA logs")
        connection.execute(
            "CREATE TABLE logs.asked AS SELECT TIMESTAMP '2024-03-04' AS t, 'pc1' AS d, 'x.c2.example' AS q"
        )
        connection.execute("CREATE VIEW seen AS SELECT * FROM logs.asked")
    mapping = '[[tables]]\ntable = "{}"\nclass = "dns"\ncolumns = {{time = "t", device = "d", query = "q"}}\n'
    for name in ("logs.asked", "seen"):
        result = kit.hunted(f"duckdb:///{path}", mapping.format(name), tmp_path)
        assert [each.detail for each in result.sightings if each.of == "n"] == ["x.c2.example"]


@pytest.mark.parametrize(("content", "words"), [(b"no database at all", "DuckDB file"), (None, "found none at")])
def test_what_is_no_database_is_said(content: bytes | None, words: str, tmp_path: Path) -> None:
    if content:
        (tmp_path / "a.db").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        kit.hunted(f"duckdb:///{tmp_path}/a.db", "", tmp_path)


def test_a_file_that_a_view_reads_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("time,device,query\n2024-03-04 00:00:00,pc1,x.c2.example\n")
    path = tmp_path / "a.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE VIEW dns AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
    mapping = (
        '[[tables]]\ntable = "dns"\nclass = "dns"\ncolumns = {time = "time", device = "device", query = "query"}\n'
    )
    [problem] = kit.hunted(f"duckdb:///{path}", mapping, tmp_path).problems
    assert "disabled" in problem.observed


def test_the_mapping_of_the_how_to_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "hunt-where-the-data-is.md").read_text()
    [mapping] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    result = kit.hunted(database(tmp_path / "theirs.db", kit.theirs()), mapping, tmp_path)
    assert not result.problems
    home, found = kit.said(kit.at_home()), kit.said(result)
    assert {of: found.get(of) for of in ("c", "discovery-burst")} == {of: home[of] for of in ("c", "discovery-burst")}
    assert {"beacon", "dns-volume", "n", "long-connection"} <= set(found)
    unmapped = {each.rule for each in result.not_evaluated}
    assert {"module-not-in-manifest", "rare-user-agent"} <= unmapped
    [why] = [each.reason for each in result.not_evaluated if each.rule == "rare-user-agent"]
    assert "no http events" in why


def test_what_an_engine_cannot_do_is_not_evaluated_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = DuckDbFile.run

    def lacking(self: DuckDbFile, query: str) -> pa.Table:
        if ".arpa" in query:
            raise EngineError("no function named ends_with")
        return run(self, query)

    monkeypatch.setattr(DuckDbFile, "run", lacking)
    monkeypatch.setattr(pipeline, "ANALYTICS", (DNS_VOLUME, LONG_CONNECTION))
    result = kit.hunted(database(tmp_path / "theirs.db", kit.theirs()), kit.MAPPING, tmp_path)
    [reason] = [each.reason for each in result.not_evaluated if each.rule == DNS_VOLUME.id]
    assert reason == "on no device: the engine cannot answer this: no function named ends_with"
    assert {each.state for each in result.observability if each.of == DNS_VOLUME.id} == {Seen.NOT_OBSERVABLE}
    assert not result.complete
    assert set(kit.said(result)) >= {LONG_CONNECTION.id, "h", "n"}
    assert DNS_VOLUME.id not in kit.said(result)
