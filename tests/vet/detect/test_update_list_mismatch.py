"""A list of updates and the packages beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
from findings_kit import release, view

from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.levels import Severity
from unrig.model.rule import Hit
from unrig.model.squirrel import ListedPackage, PackageDigestFacts, UpdateListFacts
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet.detect.update_list_mismatch import RULE
from unrig.vet.preload import PRELOAD
from unrig.vet.walk import walk

GOOD, BAD = "a" * 40, "b" * 40


def hits(sha1: str = GOOD, size: int = 7, name: str = "feed/phone-1.nupkg") -> list[Hit]:
    rows = (ListedPackage(name="phone-1.nupkg", sha1=GOOD, size=7),)
    listing = view("feed/RELEASES", "", UpdateListFacts(packages=rows))
    package = view(name, "1234567", PackageDigestFacts(sha1=sha1))
    artifact = msgspec.structs.replace(package.artifact, size=size)
    return list(RULE.check(release(listing, msgspec.structs.replace(package, artifact=artifact))))


@pytest.mark.parametrize(("sha1", "size"), [(BAD, 7), (GOOD, 8)])
def test_another_package_than_listed_is_told(sha1: str, size: int) -> None:
    [hit] = hits(sha1, size)
    assert GOOD in hit.expected
    assert f"{size} bytes" in hit.observed
    assert RULE.severity is Severity.HIGH


def test_the_package_that_is_listed_is_its_benign_twin() -> None:
    assert hits() == []


def test_a_package_elsewhere_is_not_the_one_listed() -> None:
    assert hits(BAD, name="other/phone-1.nupkg") == []


@pytest.mark.parametrize(("changed", "found"), [(False, 0), (True, 1)])
def test_a_real_feed_is_read_and_compared(tmp_path: Path, changed: bool, found: int) -> None:
    feed = tmp_path / "feed"
    feed.mkdir()
    package = build_zip((ZipEntry(name="lib/net45/phone.exe", content=b"inert"),))
    (feed / "phone-1.2.3-full.nupkg").write_bytes(package)
    digest = hashlib.sha1(package + bytes(changed)).hexdigest()
    (feed / "RELEASES").write_text(f"\ufeff{digest} phone-1.2.3-full.nupkg {len(package)}\r\n", encoding="utf-8")
    with Pool(PRELOAD, jobs=1) as pool, open_cache(tmp_path / "cache") as cache:
        walked = walk(feed, cache=cache, pool=pool)
    views = []
    for leaf in walked.leaves:
        one = view(leaf.path, "", *leaf.values.values())
        views.append(msgspec.structs.replace(one, artifact=msgspec.structs.replace(one.artifact, size=leaf.size)))
    assert len(list(RULE.check(release(*views)))) == found
