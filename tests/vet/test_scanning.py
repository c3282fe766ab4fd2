"""Rules of a pack over a whole release: every member, in sealed workers, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from vet_kit import LAB, NOW, written

from unrig.drill.build.zip import Method, ZipEntry, build_zip
from unrig.model.policy import Pack
from unrig.model.results import VetResult
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet import pipeline, scanning
from unrig.vet.preload import LIMITS, PRELOAD, PRELOAD_TO_SCAN
from unrig.vet.yara_calls import YaraPack

RULES = """
rule drill_words { meta: score = 80 strings: $a = "harmless drill words" condition: $a }
rule broken { condition: nothing_such }
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool((*PRELOAD, *PRELOAD_TO_SCAN), LIMITS, jobs=1) as workers:
        yield workers


def release(folder: Path) -> Path:
    inner = build_zip((ZipEntry(name="deep.txt", content=b"the harmless drill words, deep inside"),))
    entries = (
        ZipEntry(name="inner.zip", content=inner),
        ZipEntry(name="plain.txt", content=b"harmless drill words", method=Method.STORED),
        ZipEntry(name="clean.txt", content=b"nothing"),
    )
    return written(folder / "app-1.0.zip", build_zip(entries))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def vetted(path: Path, cache: Path, pool: Pool, *texts: str) -> VetResult:
    packs = [YaraPack(sha256=sha(text), name=f"pack-{n}", text=text) for n, text in enumerate(texts)]
    said = tuple(Pack(name=p.name, kind="yara", version="1", sha256=p.sha256, licence="CC0-1.0") for p in packs)
    with open_cache(cache) as opened, scanning.prepared(packs, cache, pool) as rules:
        request = pipeline.VetRequest(release=path, policy=LAB, packs=said, yara=rules, now=NOW, unrig_version="test")
        return pipeline.vet(request, cache=opened, pool=pool)


def matches(result: VetResult) -> list[str]:
    return sorted(ref.path for f in result.findings if f.rule == "yara-match" for ref in f.artifacts)


def test_every_member_is_scanned_and_a_warm_run_scans_none(tmp_path: Path, pool: Pool) -> None:
    path = release(tmp_path)
    first = vetted(path, tmp_path / "cache", pool, RULES)
    assert matches(first) == [
        "app-1.0.zip",  # the stored member's bytes stand in the archive itself too
        "app-1.0.zip!/inner.zip!/deep.txt",
        "app-1.0.zip!/plain.txt",
    ]
    assert {f.hindsight for f in first.findings if f.rule == "yara-match"} == {True}
    assert first.stats.opened > 0
    again = vetted(path, tmp_path / "cache", pool, RULES)
    assert (again.stats.opened, matches(again)) == (0, matches(first))
    assert [f.id for f in again.findings] == [f.id for f in first.findings]


def test_the_verdict_without_hindsight_does_not_see_them(tmp_path: Path, pool: Pool) -> None:
    result = vetted(release(tmp_path), tmp_path / "cache", pool, RULES)
    assert (result.verdict, result.verdict_without_hindsight) == ("suspicious", "clean")


def test_another_pack_scans_what_it_has_not_seen(tmp_path: Path, pool: Pool) -> None:
    path, cache = release(tmp_path), tmp_path / "cache"
    plain = vetted(path, cache, pool)
    assert matches(plain) == []
    assert "no pack of YARA rules was given" in {e.reason for e in plain.not_evaluated if e.rule == "yara-match"}
    with_rules = vetted(path, cache, pool, RULES)
    assert with_rules.stats.opened > 0
    assert len(matches(with_rules)) == 3
    other = vetted(path, cache, pool, 'rule other { strings: $a = "nothing" condition: $a }')
    assert "app-1.0.zip!/clean.txt" in matches(other)
    assert "app-1.0.zip!/plain.txt" not in matches(other)
    assert vetted(path, cache, pool).stats.opened == 0


def test_a_rule_that_does_not_compile_is_said_and_costs_nothing_else(tmp_path: Path, pool: Pool) -> None:
    path, cache = release(tmp_path), tmp_path / "cache"
    for _ in ("cold", "warm"):
        result = vetted(path, cache, pool, RULES)
        (problem,) = [one for one in result.problems if "YARA" in one.expected]
        assert problem.where == "pack-0, line 3: rule broken"
        assert "nothing_such" in problem.observed
        assert result.complete


def test_rules_of_which_none_compiles_leave_the_run_as_it_is(tmp_path: Path, pool: Pool) -> None:
    result = vetted(release(tmp_path), tmp_path / "cache", pool, "rule a { condition: nothing_such }")
    assert matches(result) == []
    assert [one.where for one in result.problems] == ["pack-0, line 1: rule a"]


def test_compiled_rules_that_were_altered_are_made_anew(tmp_path: Path, pool: Pool) -> None:
    path, cache = release(tmp_path), tmp_path / "cache"
    vetted(path, cache, pool, RULES)
    (kept,) = (file for file in (cache / "yara").iterdir() if not file.suffix)
    before = kept.read_bytes()
    kept.write_bytes(before[: len(before) // 2])
    (cache / "facts.sqlite").unlink()
    assert len(matches(vetted(path, cache, pool, RULES))) == 3
    assert kept.read_bytes() == before


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path, pool: Pool) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "yara").write_text("in the way")
    assert len(matches(vetted(release(tmp_path), tmp_path / "cache", pool, RULES))) == 3


def test_only_so_many_sets_of_rules_are_kept(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "KEPT", 2)
    for number in range(4):
        pack = YaraPack(sha256=f"{number:064x}", name="p", text=f"rule a{number} {{ condition: true }}")
        with scanning.prepared([pack], tmp_path, pool) as rules:
            assert rules.rules is not None
    assert len(list((tmp_path / "yara").iterdir())) == 4


def test_a_result_reads_back(tmp_path: Path, pool: Pool) -> None:
    result = vetted(release(tmp_path), tmp_path / "cache", pool, RULES)
    assert msgspec.json.decode(msgspec.json.encode(result), type=VetResult) == result
