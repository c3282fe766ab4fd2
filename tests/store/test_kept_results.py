"""Records of results: kept, replaced, found again, bounded; and what is damaged is passed over."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from pathlib import Path

import msgspec
import pytest

from unrig.model.artifact import Release
from unrig.model.levels import Severity, VerdictWord
from unrig.store import kept_results
from unrig.store.kept_results import (
    Body,
    Head,
    Kept,
    KeptFile,
    KeptFinding,
    Tree,
    named,
    open_results,
    result_id,
)

DAY = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)


def tree(name: str, sha: str = "a", *, location: str = "", padding: int = 0) -> Tree:
    release = Release(name=name, version="1.0", path=f"{name}-1.0.zip", sha256=sha * 64, size=1, format="zip")
    files = tuple(
        KeptFile(f"{i:x}", hashlib.sha256(f"{name} {i}".encode()).hexdigest(), i, "pe", "", "", i)
        for i in range(padding)
    )
    return Tree(release=release, name=release.path, location=location, files=files)


def kept(
    name: str, sha: str = "a", *, day: int = 0, location: str = "", good: tuple[Tree, ...] = (), padding: int = 0
) -> Kept:
    subject = tree(name, sha, location=location, padding=padding)
    head = Head(
        id=result_id(subject, (good, (), ())),
        release=subject.release,
        verdict=VerdictWord.CLEAN,
        at=DAY + dt.timedelta(days=day),
        location=location,
        good=tuple(one.release.sha256 for one in good),
    )
    found = (KeptFinding("f" * 16, "some-rule", Severity.LOW, False, "x.dll: something"),)
    return Kept(head=head, body=Body(subject=subject, baselines=good, findings=found))


def test_what_was_kept_comes_back_the_oldest_first(tmp_path: Path) -> None:
    one, two = kept("one"), kept("two", "b", good=(tree("old", "c"),))
    with open_results(tmp_path) as results:
        results.keep(one)
        results.keep(two)
    with open_results(tmp_path) as results:
        assert results.heads() == (one.head, two.head)
        assert [results.body(head) for head in results.heads()] == [one.body, two.body]
        assert results.size() > 0


def test_the_same_release_beside_the_same_others_is_one_result_whatever_the_order() -> None:
    old, older = tree("old", "b"), tree("older", "c")
    assert result_id(tree("x"), ((old, older), (), ())) == result_id(tree("x"), ((older, old), (), ()))
    ids = {
        result_id(tree("x"), ()),
        result_id(tree("y"), ()),
        result_id(tree("x", "d"), ()),
        result_id(tree("x"), ((old,), (), ())),
        result_id(tree("x"), ((), (old,), ())),
    }
    assert len(ids) == 5


def test_a_later_result_takes_the_place_of_the_earlier_and_of_the_one_named(tmp_path: Path) -> None:
    with open_results(tmp_path) as results:
        for one in (kept("one"), kept("two", "b"), kept("one", day=3)):
            results.keep(one)
        assert [(head.release.name, head.at.day) for head in results.heads()] == [("two", 1), ("one", 4)]
        results.keep(kept("three", "c"), instead_of=kept("two", "b").head.id)
        assert [head.release.name for head in results.heads()] == ["one", "three"]


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_results(tmp_path) as results:
        results.keep(kept("a", "a", padding=300))
        monkeypatch.setattr(kept_results, "SIZE_CAP", results.size() * 5 // 2)
        for name in "bcd":
            results.keep(kept(name, name, padding=300))
        assert [head.release.name for head in results.heads()] == ["c", "d"]
        assert results.size() <= kept_results.SIZE_CAP


def test_a_release_is_found_by_path_name_version_hash_or_place(tmp_path: Path) -> None:
    place = tmp_path / "there" / "app-1.0.zip"
    heads = (kept("app", "a", location=str(place)).head, kept("app", "a", day=1, good=(tree("old", "b"),)).head)
    for name in ("app", "app@1.0", "app-1.0.zip", "aaaaaaaa"):
        assert [head.at.day for head in named(heads, name)] == [2, 1]
    assert [head.at.day for head in named(heads, str(place))] == [1]
    for name in ("ap", "aaaaaaa", "b" * 64, "app@2.0", "", "\0"):
        assert named(heads, name) == ()


def test_what_is_damaged_or_of_another_layout_is_passed_over(tmp_path: Path) -> None:
    with open_results(tmp_path) as results:
        for one in (kept("one"), kept("two", "b"), kept("three", "c"), kept("four", "d")):
            results.keep(one)
    with sqlite3.connect(tmp_path / kept_results.FILE) as file:
        ids = [kept(name, sha).head.id for name, sha in (("one", "a"), ("two", "b"), ("three", "c"))]
        file.execute("UPDATE result SET version = 0 WHERE id = ?", ids[:1])
        file.execute("UPDATE result SET body = ? WHERE id = ?", (b"\x78\x01nothing", ids[1]))
        file.execute("UPDATE result SET body = substr(body, 1, 20) WHERE id = ?", ids[2:])
    with open_results(tmp_path) as results:
        assert [results.body(head) is None for head in results.heads()] == [True, True, False]


def test_a_record_that_unfolds_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_results(tmp_path) as results:
        results.keep(kept("one", padding=100))
        monkeypatch.setattr(kept_results, "LONGEST_RECORD", 1_000)
        assert results.body(results.heads()[0]) is None


def test_a_folder_that_cannot_be_written_costs_only_the_record(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with open_results(tmp_path / "file") as results:
        results.keep(kept("one"))
        assert len(results.heads()) == 1
    with open_results(tmp_path / "file") as results:
        assert results.heads() == ()


def test_a_head_that_is_no_head_ends_the_list_and_stops_nothing(tmp_path: Path) -> None:
    with open_results(tmp_path) as results:
        results.keep(kept("one"))
        row = ("x", kept_results.VERSION, msgspec.msgpack.encode("no head"), b"")
        results._connection.execute("INSERT INTO result VALUES (?, ?, ?, ?)", row)
        assert [head.release.name for head in results.heads()] == ["one"]
