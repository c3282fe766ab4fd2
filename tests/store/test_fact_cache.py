"""Facts by SHA-256: kept over runs, never in the way, never larger than the cap."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from unrig.model.fact import Fact
from unrig.model.problem import ProblemKind, new_problem
from unrig.store import fact_cache, sqlite_file
from unrig.store.fact_cache import open_cache


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _fact(of: str, reader: str = "pe", version: int = 1, value: bytes = b"value") -> Fact:
    return Fact(sha256=_sha(of), reader=reader, reader_version=version, value=value)


def test_a_fact_is_there_at_once_and_in_the_next_run(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache.add([_fact("a"), _fact("a", "strings")])
        assert set(cache.facts(_sha("a"))) == {_fact("a"), _fact("a", "strings")}
    with open_cache(tmp_path) as cache:
        assert set(cache.facts(_sha("a"))) == {_fact("a"), _fact("a", "strings")}
        assert cache.facts(_sha("b")) == ()


def test_a_problem_is_kept_with_its_fact(tmp_path: Path) -> None:
    problem = new_problem(kind=ProblemKind.FORMAT, where="0x3c", expected="PE", observed="ZM", effect="e", action="a")
    fact = Fact(sha256=_sha("a"), reader="pe", reader_version=1, problem=problem)
    with open_cache(tmp_path) as cache:
        cache.add([fact])
    with open_cache(tmp_path) as cache:
        assert cache.facts(_sha("a")) == (fact,)


def test_a_new_version_of_a_reader_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache.add([_fact("a", version=1)])
    with open_cache(tmp_path) as cache:
        cache.add([_fact("a", version=2)])
        assert [fact.reader_version for fact in cache.facts(_sha("a"))] == [2]
    with open_cache(tmp_path) as cache:
        assert [fact.reader_version for fact in cache.facts(_sha("a"))] == [2]


@pytest.mark.parametrize(
    "junk",
    [b"this is no database at all, but long enough to be taken for one" * 20, b"SQLite format 3\0" + bytes(4096)],
)
def test_a_file_that_is_no_database_is_started_afresh(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "facts.sqlite").write_bytes(junk)
    with open_cache(tmp_path) as cache:
        cache.add([_fact("a")])
    with open_cache(tmp_path) as cache:
        assert cache.facts(_sha("a")) == (_fact("a"),)


def test_a_file_damaged_in_the_middle_costs_facts_and_no_run(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache.add([_fact(str(number), value=bytes(500)) for number in range(500)])
    path = tmp_path / "facts.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with open_cache(tmp_path) as cache:
        assert all(
            cache.facts(_sha(str(number))) in ((), (_fact(str(number), value=bytes(500)),)) for number in range(500)
        )
        cache.add([_fact("a")])
        assert cache.facts(_sha("a")) == (_fact("a"),)


def test_a_row_that_cannot_be_decoded_is_no_fact(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        cache.add([_fact("a")])
    with sqlite3.connect(tmp_path / "facts.sqlite") as connection:
        connection.execute("UPDATE fact SET problem = x'c1'")
    with open_cache(tmp_path) as cache:
        assert cache.facts(_sha("a")) == ()


def test_a_folder_that_cannot_be_made_means_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with open_cache(tmp_path / "file" / "unrig") as cache:
        cache.add([_fact("a")])
        assert cache.facts(_sha("a")) == (_fact("a"),)
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_file_that_cannot_be_opened_means_memory_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "facts.sqlite").mkdir()
    with open_cache(tmp_path) as cache:
        cache.add([_fact("a")])
        assert cache.facts(_sha("a")) == (_fact("a"),)
    assert (tmp_path / "facts.sqlite").is_dir()


def test_two_runs_at_once_write_into_one_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "PATIENCE", 0.0)
    with open_cache(tmp_path) as first, open_cache(tmp_path) as second:
        for number in range(10):
            first.add([_fact(f"first {number}")])
            second.add([_fact(f"second {number}")])
        first._write()
        second._write()
        assert second.facts(_sha("first 3")) == (_fact("first 3"),)
    with open_cache(tmp_path) as cache:
        assert all(cache.facts(_sha(f"{name} {number}")) for name in ("first", "second") for number in range(10))


def test_a_run_that_may_not_write_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "PATIENCE", 0.0)
    with open_cache(tmp_path) as cache:
        other = sqlite3.connect(tmp_path / "facts.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(fact_cache, "WRITE_EVERY", 1)
        cache.add([_fact("a")])
        assert cache.facts(_sha("a")) == (_fact("a"),)
        monkeypatch.setattr(fact_cache, "WRITE_BYTES", 1)
        cache.add([_fact("b", value=bytes(100))])
        assert cache.facts(_sha("b")) == ()  # memory is bounded before anything is remembered
        other.close()


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_cache, "SIZE_CAP", 1_300_000)
    with open_cache(tmp_path) as cache:
        cache.add([_fact("old", value=bytes(600_000)), _fact("used", value=bytes(600_000))])
    with open_cache(tmp_path) as cache:
        assert cache.facts(_sha("used"))
    with open_cache(tmp_path) as cache:
        cache.add([_fact("new", value=bytes(600_000))])
    with open_cache(tmp_path) as cache:
        assert cache.size() == 1_200_000
        assert [bool(cache.facts(_sha(name))) for name in ("old", "used", "new")] == [False, True, True]
