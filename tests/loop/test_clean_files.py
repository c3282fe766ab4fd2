"""Which files devices have that have a good release: those of clean ones alone."""

from __future__ import annotations

import datetime as dt

from unrig.loop.clean_files import clean_files
from unrig.model.artifact import Artifact, Release
from unrig.model.coverage import Coverage
from unrig.model.levels import VerdictWord
from unrig.model.results import VetResult


def _result(verdict: VerdictWord) -> VetResult:
    release = Release(
        name="app", version="2", platform="windows", path="app.zip", sha256="f" * 64, size=1, format="zip"
    )
    files = [
        Artifact(id=f"{path}", path=path, sha256=sha * 64, size=1, format="pe") for path, sha in ("bb", "aa", "ca")
    ]
    return VetResult(
        generated_at=dt.datetime(2023, 6, 1, tzinfo=dt.UTC),
        unrig_version="test",
        release=release,
        verdict=verdict,
        complete=True,
        because=(),
        verdict_without_hindsight=verdict,
        verdict_without_waivers=verdict,
        coverage=Coverage(bytes=3, accounted=3),
        artifacts=tuple(files),
    )


def test_the_release_then_each_file_once_with_the_releases_version() -> None:
    found = clean_files([_result(VerdictWord.CLEAN)])
    assert [one.sha256[0] for one in found] == ["f", "a", "b"]
    assert {(one.name, one.version, one.platform) for one in found} == {("app", "2", "windows")}


def test_only_a_clean_release_counts() -> None:
    assert clean_files([_result(word) for word in VerdictWord if word is not VerdictWord.CLEAN]) == ()
