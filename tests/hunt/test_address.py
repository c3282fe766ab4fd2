from __future__ import annotations

from pathlib import Path

import pytest

from unrig.hunt.address import address, scheme_of
from unrig.hunt.database import database
from unrig.hunt.pipeline import engine_of
from unrig.model.errors import UsageError


def test_an_address_is_taken_apart() -> None:
    found = address("postgres://ann@db.example:5433/logs?sslmode=require")
    assert (found.scheme, found.user, found.host, found.port, found.path) == (
        "postgres",
        "ann",
        "db.example",
        5433,
        "/logs",
    )
    assert found.settings == {"sslmode": "require"}
    assert found.shown == "postgres://db.example:5433/logs"


@pytest.mark.parametrize(
    "text", ["postgres://ann:hunter2@h/d", "postgres://h/d?user=a&password=hunter2", "postgres://:hunter2@h:x/d"]
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="PGPASSWORD") as caught:
        address(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "scheme"), [("logs/a.json", ""), ("C:/logs", ""), ("c:\\x", ""), ("-", ""), ("Spark://h", "spark")]
)
def test_paths_are_no_addresses(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme


@pytest.mark.parametrize("engine", ["", "duckdb", "duckdb://", "DuckDB"])
def test_files_are_read_into_the_embedded_engine(engine: str) -> None:
    assert database(("logs",), engine) is None


def test_a_database_is_given_either_way() -> None:
    for found in (
        database(("duckdb:///f.db",), ""),
        database((), "duckdb:///f.db"),
        database(("duckdb:///f.db",), "duckdb"),
    ):
        assert found
        assert found.address.shown == "duckdb:///f.db"


@pytest.mark.parametrize(
    ("telemetry", "engine", "words"),
    [
        ((), "", "files, folders, globs or the address"),
        (("logs",), "duckdb:///f.db", "one database and nothing beside it, found 2"),
        (("duckdb:///f.db", "logs"), "", "found 2"),
        (("duckdb:///f.db",), "duckdb:///g.db", "found 2"),
        (("logs",), "oracle", "address of a database"),
        ((), "postgres://h:port/d", "number of a port"),
    ],
)
def test_what_is_no_place_is_said(telemetry: tuple[str, ...], engine: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        database(telemetry, engine)


def test_an_engine_that_is_none_and_a_setting_that_is_none() -> None:
    with pytest.raises(UsageError, match=r"begins with one of .*duckdb://"):
        engine_of(address("oracle://h/d"))
    with pytest.raises(UsageError, match="no setting 'memory' in the address"):
        engine_of(address(f"duckdb:///{Path.cwd()}/f.db?memory=1"))
