"""Pages of Python indexes, and the choice among their files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unrig.fetch import pypi
from unrig.fetch.client import Client, FetchError
from unrig.fetch.listing import Listed
from unrig.fetch.purl import parse_purl
from unrig.fetch.pypi import choose, list_pypi
from unrig.fetch.settings import Settings
from unrig.model.errors import UsageError

SHA = "ab" * 32


def file(platform: str, name: str = "lib-1.0-cp311-cp311") -> Listed:
    return Listed(file_name=f"{name}-{platform}.whl", url="", algorithm="sha256", digest=SHA, platform=platform)


SDIST = Listed(file_name="lib-1.0.tar.gz", url="", algorithm="sha256", digest=SHA)
WHEELS = [
    file("win_amd64"),
    file("win_arm64"),
    file("macosx_11_0_arm64"),
    file("manylinux_2_17_x86_64.manylinux2014_x86_64"),
    file("musllinux_1_2_aarch64"),
]


@pytest.mark.parametrize(
    ("qualifiers", "expected"),
    [
        ("platform=win_amd64", "win_amd64"),
        ("platform=manylinux2014_x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("os=windows&arch=x86_64", "win_amd64"),
        ("os=windows&arch=arm64", "win_arm64"),
        ("os=macos", "macosx_11_0_arm64"),
        ("os=linux&arch=amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("os=linux&arch=aarch64", "musllinux_1_2_aarch64"),
        ("file_name=lib-1.0-cp311-cp311-win_arm64.whl", "win_arm64"),
        ("file_name=lib-1.0.tar.gz", ""),
    ],
)
def test_qualifiers_choose(qualifiers: str, expected: str) -> None:
    assert choose([*WHEELS, SDIST], parse_purl(f"pkg:pypi/lib@1.0?{qualifiers}")).platform == expected


@pytest.mark.parametrize("qualifiers", ["", "?os=linux", "?platform=sunos", "?file_name=other"])
def test_an_open_choice_lists_the_files(qualifiers: str) -> None:
    with pytest.raises(UsageError, match=r"\?file_name=lib-1\.0-cp311-cp311-"):
        choose([*WHEELS, SDIST], parse_purl(f"pkg:pypi/lib@1.0{qualifiers}"))


def test_with_nothing_said_the_only_wheel_or_the_only_source_is_taken() -> None:
    wanted = parse_purl("pkg:pypi/lib@1.0")
    assert choose([SDIST], wanted) == SDIST
    assert choose([SDIST, WHEELS[0]], wanted) == WHEELS[0]


HTML = b"""<!DOCTYPE html><html><body><a name="top">no link</a>
<a href="/files/some_lib-1.0-py3-none-any.whl#sha256=%s" data-requires-python="&gt;=3.8">x</a><br/>
<a href="/files/some-lib-0.9.tar.gz#sha256=00">y</a></body></html>""" % SHA.encode()


def test_a_page_in_html_does_as_well(site: Any, page: Any) -> None:
    site.pages["/simple/some-lib/"] = page(body=HTML, content_type="text/html")
    listed = list_pypi(parse_purl("pkg:pypi/some_lib@1.0"), Settings(pypi=(f"{site.url}/simple",)), Client())
    assert (listed.url, listed.digest) == (f"{site.url}/files/some_lib-1.0-py3-none-any.whl", SHA)


def test_indexes_are_asked_in_order_until_one_has_the_version(site: Any, page: Any) -> None:
    old = {"files": [{"filename": "lib-0.9.tar.gz", "url": "o", "hashes": {}}]}
    new = {"files": [{"filename": "lib-1.0.tar.gz", "url": "n", "hashes": {"sha256": SHA.upper()}}]}
    site.pages["/b/lib/"] = page(body=json.dumps(old).encode(), content_type="application/json")
    site.pages["/c/lib/"] = page(body=json.dumps(new).encode(), content_type="application/json")
    settings = Settings(pypi=tuple(f"{site.url}/{name}" for name in "abc"))
    listed = list_pypi(parse_purl("pkg:pypi/lib@1.0"), settings, Client())
    assert (listed.url, listed.digest) == (f"{site.url}/c/lib/n", SHA)
    with pytest.raises(UsageError, match=r"has no such package; .* lists no file of that version"):
        list_pypi(parse_purl("pkg:pypi/lib@2.0"), settings, Client())


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"files": [{"url": 1}]}', b"\xff\xfe"])
def test_a_page_that_is_no_index_is_a_fetch_error(site: Any, page: Any, body: bytes) -> None:
    site.pages["/simple/lib/"] = page(body=body, content_type="application/vnd.pypi.simple.v1+json")
    with pytest.raises(FetchError):
        list_pypi(parse_purl("pkg:pypi/lib@1.0"), Settings(pypi=(f"{site.url}/simple",)), Client())


@pytest.mark.parametrize(
    ("file_name", "version"),
    [
        ("Some_Lib-1.0-py3-none-any.whl", "1.0"),
        ("some.lib-1.0-1-py3-none-any.whl", "1.0"),
        ("some-lib-1.0rc1.tar.gz", "1.0rc1"),
        ("some_lib-1.0+local_1.zip", "1.0+local_1"),
        ("some-lib-extra-1.0.tar.gz", "extra_1.0"),
        ("other-1.0-py3-none-any.whl", ""),
        ("some_lib-1.0.exe", ""),
        ("some_lib.tar.gz", ""),
    ],
)
def test_versions_are_read_from_file_names(file_name: str, version: str) -> None:
    assert pypi._version_of(file_name, "some-lib") == version
