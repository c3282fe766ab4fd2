"""A throwaway PostgreSQL: its own folder and socket, no port, gone with the tests."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_kit as kit
import pyarrow as pa
import pytest
from pyarrow import csv

from unrig.model.errors import UsageError

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: make optional")
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
NOBODY = 65534
KINDS = {
    "int64": "bigint",
    "string": "text",
    "double": "double precision",
    "bool": "boolean",
    "timestamp[us]": "timestamp",
    "null": "text",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give the folder of the socket of a server that has the tables of `theirs`, and a user who may read them."""
    if not PROGRAMS:
        pytest.skip("postgresql is not installed: make optional")
    folder = Path(tempfile.mkdtemp(prefix="unrig-pg-", dir="/tmp"))  # a socket's path must be short
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    data = str(folder / "data")
    try:
        program("initdb", "-D", data, "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=Asia/Tokyo -c shared_buffers=16MB"
        program("pg_ctl", "-D", data, "-w", "-o", settings, "start")
        try:
            fill(str(folder))
            yield str(folder)
        finally:
            program("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def program(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own, which refuse to run as root."""
    nobody: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    quiet = subprocess.DEVNULL
    subprocess.run([PROGRAMS[-1] / name, *arguments], check=True, stdout=quiet, stderr=quiet, cwd="/tmp", **nobody)


def fill(folder: str) -> None:
    with psycopg.connect(host=folder, user="owner", dbname="postgres", autocommit=True) as owner:
        owner.execute("CREATE ROLE hunter LOGIN")
        owner.execute("GRANT USAGE ON SCHEMA public TO hunter")
        for name, rows in kit.theirs().items():
            copy(owner, name, rows)
        owner.execute("ALTER TABLE flows ALTER COLUMN dst TYPE inet USING dst::inet")
        owner.execute("ALTER TABLE tls ALTER COLUMN time TYPE timestamptz USING time AT TIME ZONE 'UTC'")
        owner.execute("CREATE TABLE hidden AS SELECT 1 AS x")
        owner.execute("REVOKE SELECT ON hidden FROM hunter")


def copy(owner: Any, name: str, rows: pa.Table) -> None:
    columns = ", ".join(f'"{field.name}" {KINDS[str(field.type)]}' for field in rows.schema)
    owner.execute(f'CREATE TABLE "{name}" ({columns})')
    text = io.BytesIO()
    csv.write_csv(rows, text)
    with owner.cursor() as cursor, cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT csv, HEADER true)') as into:
        into.write(text.getvalue())
    owner.execute(f'GRANT SELECT ON "{name}" TO hunter')


def catalog(folder: str) -> list[Any]:
    """Return all that the database holds, with the changes that were made to it."""
    with psycopg.connect(host=folder, user="owner", dbname="postgres") as owner:
        held = owner.execute("SELECT oid, relname, relnamespace, relfilenode FROM pg_class ORDER BY oid").fetchall()
        changes = "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY 1"
        return [held, owner.execute(changes).fetchall()]


def test_the_same_sightings_and_nothing_changed(server: str, tmp_path: Path) -> None:
    before = catalog(server)
    result = kit.hunted(f"postgres://hunter@/postgres?host={server}", kit.MAPPING, tmp_path)
    assert not result.problems
    assert [each for each in result.not_evaluated if "engine" in each.reason] == []
    assert kit.said(result) == kit.said(kit.at_home())
    assert kit.states(result) == kit.states(kit.at_home())
    assert catalog(server) == before


def test_even_the_owner_s_session_cannot_write(server: str) -> None:
    from unrig.hunt.address import address
    from unrig.hunt.engine import EngineError
    from unrig.hunt.engines.postgres import connect

    with connect(address(f"postgresql://owner@/postgres?host={server}")) as session:
        for change in ("CREATE TABLE x (a int)", "CREATE TEMP TABLE x (a int)", "DELETE FROM dns_log"):
            with pytest.raises(EngineError, match="read-only transaction"):
                session.run(change)
        assert "hidden" in session.names()


def test_a_table_that_the_user_may_not_read_is_said(server: str, tmp_path: Path) -> None:
    mapping = '[[tables]]\ntable = "hidden"\nclass = "dns"\ncolumns = {time = "x"}\n'
    [problem] = kit.hunted(f"postgres://hunter@/postgres?host={server}", mapping, tmp_path).problems
    assert problem.where == f"{tmp_path}/mapping.toml: table 1 (hidden)"
    assert "dns_log" in problem.expected
    assert "hidden" not in problem.expected


def test_a_server_that_is_not_there_is_said_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "hunter2-secret")
    with pytest.raises(UsageError, match="expected a server that lets this user in") as caught:
        kit.hunted(f"postgres://hunter@/postgres?host={tmp_path}", "", tmp_path)
    assert "hunter2-secret" not in str(caught.value)
