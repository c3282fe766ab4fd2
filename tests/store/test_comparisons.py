"""Which results rest on which known-good release."""

from __future__ import annotations

from pathlib import Path

from unrig.model.artifact import Release
from unrig.model.fact import Fact
from unrig.model.levels import VerdictWord
from unrig.store.comparisons import VERSION, Comparison, recall, remember
from unrig.store.fact_cache import open_cache


def _release(name: str) -> Release:
    return Release(name=name, version="1", platform="", path=f"{name}.zip", sha256=name * 64, size=1, format="zip")


def test_the_last_result_of_each_release_is_named(tmp_path: Path) -> None:
    good, other = _release("a"), _release("b")
    with open_cache(tmp_path) as cache:
        for name, verdict in (("d", VerdictWord.CLEAN), ("c", VerdictWord.CLEAN), ("d", VerdictWord.RIGGED)):
            remember(cache, Comparison(release=_release(name), verdict=verdict), [good])
    with open_cache(tmp_path) as cache:
        assert [(one.release.name, one.verdict) for one in recall(cache, good.sha256)] == [
            ("c", VerdictWord.CLEAN),
            ("d", VerdictWord.RIGGED),
        ]
        assert recall(cache, other.sha256) == ()


def test_what_cannot_be_decoded_or_is_of_another_kind_is_passed_over(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        for reader, version in (("compared/x", VERSION), ("compared/y", VERSION + 1), ("pe", VERSION)):
            cache.add([Fact(sha256="a" * 64, reader=reader, reader_version=version, value=b"\xc1")])
        assert recall(cache, "a" * 64) == ()
