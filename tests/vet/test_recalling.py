"""A release judged again from its record: the same answer without a byte of it, or the files named that need theirs."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from vet_kit import LAB, NOW, request, same, written

from unrig.drill.build.folder import write_folder
from unrig.drill.build.release import BASELINE, CLEAN, RIGGED, ReleaseSpec, build_release
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.policy import Pack
from unrig.model.problem import ProblemKind
from unrig.model.results import VetResult
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.store.kept_results import Body
from unrig.vet import pipeline, scanning
from unrig.vet.preload import PRELOAD, PRELOAD_TO_SCAN
from unrig.vet.yara_calls import YaraPack

SEED = 31
OPENED: list[str] = []
_WATCHING: list[Path] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _WATCHING:
        OPENED.append(str(arguments[0]))


sys.addaudithook(_watch)


@contextmanager
def opens_nothing_in(folder: Path) -> Iterator[None]:
    """Fail where this process opens anything below a folder."""
    OPENED.clear()
    _WATCHING.append(folder)
    try:
        yield
    finally:
        _WATCHING.clear()
    assert [path for path in OPENED if path.startswith(str(folder))] == []


class Untouchable(Pool):
    """A pool that must not be asked anything."""

    def _running_server(self) -> object:  # type: ignore[override]
        raise AssertionError("a worker was asked")


def archive(path: Path, spec: ReleaseSpec) -> Path:
    files = build_release(spec, SEED)
    return written(path, build_zip(tuple(ZipEntry(name=name, content=data) for name, data in files.items())))


def first(asked: pipeline.VetRequest, cache: Path, pool: Pool) -> pipeline.Vetting:
    with open_cache(cache) as opened:
        return pipeline.vet_and_keep(asked, cache=opened, pool=pool)


def again(body: Body, cache: Path, pool: Pool, now: dt.datetime = NOW) -> VetResult:
    asked = pipeline.VetRequest(release=Path("nowhere"), policy=LAB, now=now, unrig_version="test")
    with open_cache(cache) as opened:
        return pipeline.judge_again(body, asked, cache=opened, pool=pool).result


def forget(cache: Path, reader: str, change: str = "DELETE FROM fact") -> None:
    with sqlite3.connect(cache / "facts.sqlite") as file:
        assert file.execute(f"{change} WHERE reader = ?", (reader,)).rowcount > 0


@pytest.fixture
def done(tmp_path: Path, cache: Path, pool: Pool) -> pipeline.Vetting:
    """A rigged archive beside an earlier one, a framework's own and a copy; none of them is there any more."""
    place = tmp_path / "r"
    asked = msgspec.structs.replace(
        request(archive(place / "new.zip", RIGGED), archive(place / "old.zip", BASELINE)),
        upstreams=(write_folder(build_release(CLEAN, SEED), place / "upstream"),),
        mirrors=(archive(place / "copy.zip", CLEAN),),
    )
    found = first(asked, cache, pool)
    shutil.rmtree(place)
    return found


def test_the_same_answer_without_a_byte_and_without_a_worker(
    done: pipeline.Vetting, tmp_path: Path, cache: Path
) -> None:
    with Untouchable(PRELOAD) as nobody, opens_nothing_in(tmp_path / "r"):
        told = again(done.kept.body, cache, nobody)
    assert same(told) == same(done.result)
    assert (told.stats.opened, told.stats.cached, told.stats.files) == (0, told.stats.files, done.result.stats.files)
    assert len(told.changes) > 0
    assert told.complete


def test_where_the_release_still_is_it_is_not_opened_either(tmp_path: Path, cache: Path, pool: Pool) -> None:
    place = write_folder(build_release(RIGGED, SEED), tmp_path / "r")
    found = first(request(place), cache, pool)
    next(path for path in sorted(place.rglob("*.dll"))).write_bytes(b"not what it was")
    with Untouchable(PRELOAD) as nobody, opens_nothing_in(place):
        assert same(again(found.kept.body, cache, nobody)) == same(found.result)


def test_on_another_day_only_the_chains_are_judged_anew(done: pipeline.Vetting, cache: Path, pool: Pool) -> None:
    later = again(done.kept.body, cache, pool, NOW + dt.timedelta(days=40))
    assert (later.verdict, later.complete) == (done.result.verdict, True)
    assert {finding.id for finding in later.findings} == {finding.id for finding in done.result.findings}


@pytest.mark.parametrize(
    ("reader", "change"),
    [
        ("pe", "DELETE FROM fact"),
        ("pe", "UPDATE fact SET version = version - 1"),
        ("pe", "UPDATE fact SET value = x'c1', problem = NULL"),
        ("functions", "DELETE FROM fact"),
    ],
)
def test_what_can_only_be_read_from_its_bytes_is_named(
    done: pipeline.Vetting, cache: Path, reader: str, change: str
) -> None:
    forget(cache, reader, change)
    with Untouchable(PRELOAD) as nobody:
        told = again(done.kept.body, cache, nobody)
    programs = {a.path for a in done.result.artifacts if a.format == "pe"}
    named = {p.where for p in told.problems if p.kind is ProblemKind.NOT_EVALUATED and reader in p.observed}
    assert named & programs
    if reader == "pe":
        assert programs <= named
        assert any("PeFacts could not be read" in entry.reason for entry in told.not_evaluated)
    assert not told.complete
    assert all("vet the release where its bytes are" in p.action for p in told.problems)


def test_a_list_of_files_by_an_older_unrig_is_said_to_be_one(done: pipeline.Vetting, cache: Path) -> None:
    subject = msgspec.structs.replace(done.kept.body.subject, readers=(0, 0))
    with Untouchable(PRELOAD) as nobody:
        told = again(msgspec.structs.replace(done.kept.body, subject=subject), cache, nobody)
    assert [(p.where, p.observed) for p in told.problems] == [("new.zip", "a list of files as an older unrig read it")]
    assert not told.complete


def test_what_was_not_seen_the_first_time_is_not_seen_now(tmp_path: Path, cache: Path, pool: Pool) -> None:
    locked = ZipEntry(name="locked.bin", content=b"x" * 50, encrypted=True)
    found = first(request(written(tmp_path / "r.zip", build_zip((locked,)))), cache, pool)
    told = again(found.kept.body, cache, pool)
    assert (told.complete, found.result.complete) == (False, False)
    assert same(told) == same(found.result)


def test_revocation_lists_are_not_kept_and_missed(done: pipeline.Vetting, cache: Path, pool: Pool) -> None:
    told = again(msgspec.structs.replace(done.kept.body, crls=2), cache, pool)
    assert [p.action for p in told.problems] == ["give them again with --crl"]
    assert not told.complete


def test_files_that_rules_of_today_never_scanned_are_counted(tmp_path: Path, cache: Path, pool: Pool) -> None:
    found = first(request(archive(tmp_path / "r.zip", CLEAN)), cache, pool)
    text = "rule anything { condition: true }"
    packs = [YaraPack(sha256="ab" * 32, name="later", text=text)]
    said = (Pack(name="later", kind="yara", version="1", sha256="ab" * 32, licence="CC0-1.0"),)
    with (
        Pool((*PRELOAD, *PRELOAD_TO_SCAN), jobs=1) as readers,
        open_cache(cache) as opened,
        scanning.prepared(packs, cache, readers) as rules,
    ):
        asked = msgspec.structs.replace(request(Path("nowhere")), packs=said, yara=rules)
        told = pipeline.judge_again(found.kept.body, asked, cache=opened, pool=readers).result
    (problem,) = told.problems
    more = len(found.result.artifacts) - 1
    assert f"and {more} more files never were" in problem.observed
    assert not told.complete
