from __future__ import annotations

from pathlib import Path

import pytest

from unrig.hunt.mapping import Given, by_name, load, origin
from unrig.model.errors import UsageError

GOOD = '[[tables]]\ntable = "t"\nclass = "dns"\n[tables.columns]\ntime = {column = "at", unit = "ms"}\nquery = "name"\n'


def mapping(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_mapping_is_read(tmp_path: Path) -> None:
    [table] = load(mapping(tmp_path / "m.toml", GOOD))
    assert (table.table, table.event_class) == ("t", "dns")
    assert origin(table.columns["time"]) == Given(column="at", unit="ms")
    assert origin(table.columns["query"]) == Given(column="name")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (GOOD, "", "missing required field `tables`"),
        (GOOD, "tables = []", "at least one"),
        ('"dns"', '"dnz"', "table 1 \\(t\\): expected a class of authentication, dns.*found 'dnz'"),
        ("query =", "querry =", "expected columns of dns .*query.* found 'querry'"),
        ("query =", "source =", "found 'source'"),
        ('time = {column = "at", unit = "ms"}', "", "expected the column time for dns"),
        ('"dns"', '"process"', "expected columns of process"),
        (
            'query = "name"',
            'query = {column = "name", constant = "x"}',
            "query: expected either a column or a constant",
        ),
        ('query = "name"', "query = {}", "either a column or a constant, found none"),
        ('query = "name"', 'query = {column = "name", unit = "s"}', "query: expected no unit"),
        ('unit = "ms"', 'unit = "minutes"', "Invalid enum value 'minutes'"),
        ('unit = "ms"', 'words = {a = "b"}', "time: expected no words"),
        ('column = "at", unit = "ms"', 'constant = "2024"', "time: expected a column, found a constant"),
        ("query =", "colour = 1\nquery =", "Expected `str | object`, got `int`"),
        ('table = "t"', 'tabel = "t"', "tabel"),
        ("[[tables]]", "[[tables", "expected a mapping in TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert old in GOOD
    with pytest.raises(UsageError, match=words) as caught:
        load(mapping(tmp_path / "m.toml", GOOD.replace(old, new)))
    assert "m.toml" in str(caught.value)


def test_what_happened_must_be_said_where_questions_ask_for_it(tmp_path: Path) -> None:
    text = GOOD.replace('"dns"', '"file"').replace("query", "target")
    with pytest.raises(UsageError, match=r"expected the column action for file.*action = \{constant"):
        load(mapping(tmp_path / "m.toml", text))
    assert load(mapping(tmp_path / "m.toml", text + 'action = {constant = "create"}\n'))


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "m.toml")


def test_tables_named_like_ours_map_what_they_have() -> None:
    found = by_name({"dns": frozenset({"time", "query", "source", "other"}), "http": frozenset({"host"})})
    assert [(each.table, each.columns) for each in found] == [("dns", {"time": "time", "query": "query"})]
