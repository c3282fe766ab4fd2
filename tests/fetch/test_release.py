"""From a purl or an address to a file: the whole way, over loopback."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from unrig.fetch import release
from unrig.fetch.client import FetchError
from unrig.fetch.release import Fetched, fetch, is_remote
from unrig.fetch.settings import Settings
from unrig.model.errors import UsageError

WHEEL = b"wheel bytes" * 1000
SHA256 = hashlib.sha256(WHEEL).hexdigest()
NAME = "Some_Lib-1.0-py3-none-win_amd64.whl"


def index(site: Any, page: Any, **files: str) -> Settings:
    """Serve a PEP 691 index of files with their stated SHA-256; all of them are WHEEL."""
    rows = [{"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": sha}} for name, sha in files.items()]
    body = json.dumps({"meta": {"api-version": "1.3"}, "name": "some-lib", "files": rows}).encode()
    site.pages["/simple/some-lib/"] = page(body=body, content_type="application/vnd.pypi.simple.v1+json")
    site.pages |= {f"/files/{name}": page(body=WHEEL) for name in files}
    return Settings(pypi=(f"{site.url}/simple",))


def test_a_wheel_is_fetched_by_its_platform_and_verified(site: Any, page: Any, tmp_path: Path) -> None:
    settings = index(
        site, page, **{NAME: SHA256, "Some_Lib-1.0-py3-none-win32.whl": SHA256, "some_lib-1.1.tar.gz": "0"}
    )
    found = fetch("pkg:pypi/Some.Lib@1.0?platform=win_amd64", tmp_path, settings)
    assert found == Fetched(
        path=tmp_path / f"sha256-{SHA256}" / NAME,
        sha256=SHA256,
        name="some.lib",
        version="1.0",
        platform="win_amd64",
        url_host=site.url.removeprefix("http://"),
        purl="pkg:pypi/some.lib@1.0?platform=win_amd64",
    )
    assert found.path.read_bytes() == WHEEL
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"sha256-{SHA256}"]


def test_a_file_that_is_there_is_not_fetched_again_unless_it_changed(site: Any, page: Any, tmp_path: Path) -> None:
    settings = index(site, page, **{NAME: SHA256})
    first = fetch("pkg:pypi/some-lib@1.0", tmp_path, settings)
    assert fetch("pkg:pypi/some-lib@1.0", tmp_path, settings) == first
    assert [path for path, _ in site.asked].count(f"/files/{NAME}") == 1
    first.path.write_bytes(b"tampered")
    assert fetch("pkg:pypi/some-lib@1.0", tmp_path, settings).path.read_bytes() == WHEEL


def test_a_file_with_another_hash_is_refused_and_leaves_nothing(site: Any, page: Any, tmp_path: Path) -> None:
    settings = index(site, page, **{NAME: "0" * 64})
    with pytest.raises(FetchError, match=f"sha256 {'0' * 64}, found {SHA256}"):
        fetch("pkg:pypi/some-lib@1.0", tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_an_index_without_a_strong_hash_is_refused(site: Any, page: Any, tmp_path: Path) -> None:
    settings = index(site, page, **{NAME: ""})
    with pytest.raises(FetchError, match="found none"):
        fetch("pkg:pypi/some-lib@1.0", tmp_path, settings)


def test_a_name_from_an_index_stays_in_its_folder() -> None:
    assert release._safe("../../etc/passwd") == "_.._etc_passwd"
    assert release._safe("...") == "download"
    assert len(release._safe("x" * 500)) == 200


def packument(site: Any, page: Any, integrity: str, name: str = "thing", at: str = "/thing") -> Settings:
    versions = {"1.0.0": {"dist": {"tarball": f"{site.url}/t/{name}-1.0.0.tgz", "integrity": integrity}}}
    site.pages[at] = page(body=json.dumps({"versions": versions}).encode(), content_type="application/json")
    site.pages[f"/t/{name}-1.0.0.tgz"] = page(body=WHEEL)
    return Settings(npm=site.url)


def sri(algorithm: str) -> str:
    return f"{algorithm}-" + base64.b64encode(hashlib.new(algorithm, WHEEL).digest()).decode()


def test_an_npm_tarball_is_fetched_by_its_integrity(site: Any, page: Any, tmp_path: Path) -> None:
    settings = packument(site, page, f"{sri('sha1')} {sri('sha512')}")
    found = fetch("pkg:npm/thing@1.0.0", tmp_path, settings)
    assert found.path == tmp_path / f"sha512-{hashlib.sha512(WHEEL).hexdigest()}" / "thing-1.0.0.tgz"
    assert (found.sha256, found.name, found.version) == (SHA256, "thing", "1.0.0")


@pytest.mark.parametrize("integrity", ["", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha512-!!!", "sha512-"])
def test_an_npm_package_without_a_strong_hash_is_refused(site: Any, page: Any, tmp_path: Path, integrity: str) -> None:
    with pytest.raises(FetchError, match="stronger hash"):
        fetch("pkg:npm/thing@1.0.0", tmp_path, packument(site, page, integrity))


def test_a_scope_has_its_own_registry(site: Any, page: Any, tmp_path: Path) -> None:
    packument(site, page, sri("sha256"), name="win32-x64", at="/own/@esbuild%2fwin32-x64")
    settings = Settings(npm="http://127.0.0.1:1", npm_scopes={"@esbuild": f"{site.url}/own"})
    found = fetch("pkg:npm/%40esbuild/win32-x64@1.0.0", tmp_path, settings)
    assert found.name == "@esbuild/win32-x64"


def test_a_version_that_npm_does_not_list_names_those_it_does(site: Any, page: Any, tmp_path: Path) -> None:
    settings = packument(site, page, sri("sha512"))
    with pytest.raises(UsageError, match=r"no such version; its last ones: 1\.0\.0"):
        fetch("pkg:npm/thing@2.0.0", tmp_path, settings)


def test_an_address_is_fetched_and_named_by_its_path(site: Any, page: Any, tmp_path: Path) -> None:
    site.pages["/down/Setup%20x.exe?v=1"] = page(body=WHEEL)
    found = fetch(f"{site.url}/down/Setup%20x.exe?v=1", tmp_path, Settings())
    assert (found.path, found.sha256, found.name) == (
        tmp_path / f"sha256-{SHA256}" / "Setup_x.exe",
        SHA256,
        "Setup_x.exe",
    )


def test_a_file_that_is_too_long_or_ends_early_leaves_nothing(
    site: Any, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/short"] = page(body=b"ten bytes.", stated_length=20)
    with pytest.raises(FetchError, match="bytes"):
        fetch(f"{site.url}/short", tmp_path, Settings())
    site.pages["/long"] = page(body=WHEEL)
    monkeypatch.setattr(release, "MAX_FILE", 100)
    with pytest.raises(FetchError, match="at most 100 bytes"):
        fetch(f"{site.url}/long", tmp_path, Settings())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("pkg:npm/a@1", True), ("https://x.invalid/a", True), ("http://x.invalid/a", False), ("file.whl", False)],
)
def test_what_is_remote(text: str, expected: bool) -> None:
    assert is_remote(text) is expected
