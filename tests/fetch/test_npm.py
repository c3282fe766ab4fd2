"""Packuments of npm registries."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from unrig.fetch.client import Client, FetchError
from unrig.fetch.npm import _strongest, list_npm
from unrig.fetch.purl import parse_purl
from unrig.fetch.settings import Settings


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("integrity", "expected"),
    [
        (f"sha512-{b64(b'long')}", ("sha512", b"long".hex())),
        (f"sha256-{b64(b'short')} sha384-{b64(b'middle')}", ("sha384", b"middle".hex())),
        (f"sha1-{b64(b'weak')} sha256-{b64(b'short')}", ("sha256", b"short".hex())),
        (f"sha512-{b64(b'long')}?option", ("sha512", b"long".hex())),
        (f"sha512-*** sha256-{b64(b'short')}", ("sha256", b"short".hex())),
        (f"sha1-{b64(b'weak')}", ("", "")),
        ("md5-", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_strongest_hash_counts_and_weak_ones_never(integrity: str, expected: tuple[str, str]) -> None:
    assert _strongest(integrity) == expected


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"versions": []}', b'{"versions": {"1": {}}}', b"\xff"])
def test_what_is_no_packument_is_a_fetch_error(site: Any, page: Any, body: bytes) -> None:
    site.pages["/thing"] = page(body=body)
    with pytest.raises(FetchError, match="packument"):
        list_npm(parse_purl("pkg:npm/thing@1"), Settings(npm=site.url), Client())


def test_a_tarball_is_named_by_its_address(site: Any, page: Any) -> None:
    body = b'{"versions": {"1.0": {"dist": {"tarball": "https://cdn.invalid/x/thing-1.0.tgz?token=1"}}}}'
    site.pages["/thing"] = page(body=body)
    listed = list_npm(parse_purl("pkg:npm/thing@1.0"), Settings(npm=site.url), Client())
    assert (listed.file_name, listed.algorithm) == ("thing-1.0.tgz", "")
