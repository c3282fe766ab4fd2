"""The network client: HTTPS or loopback, bounded, and messages that say what to do."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from unrig.fetch import client
from unrig.fetch.client import Client, FetchError, NotFoundError, get, is_allowed, with_credentials

ANY = "*/*"


def test_an_answer_is_bytes_with_their_type_and_final_address(site: Any, page: Any) -> None:
    site.pages["/a"] = page(status=302, location="/b")
    site.pages["/b"] = page(body=b"body", content_type="text/html; charset=utf-8")
    answer = get(Client(), f"{site.url}/a", ANY)
    assert (answer.body, answer.content_type, answer.url) == (b"body", "text/html", f"{site.url}/b")


@pytest.mark.parametrize(
    "location", ["http://198.51.100.1/x", "https://127.0.0.1/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"]
)
def test_a_redirect_that_leaves_the_scheme_or_loopback_is_refused(site: Any, page: Any, location: str) -> None:
    site.pages["/a"] = page(status=302, location=location)
    refused = "HTTP 302" if location.startswith(("file", "data")) else "stays on HTTPS"  # urllib refuses those itself
    with pytest.raises(FetchError, match=refused):
        get(Client(), f"{site.url}/a", ANY)


def test_redirects_in_a_circle_end(site: Any, page: Any) -> None:
    site.pages["/a"] = page(status=302, location="/a")
    with pytest.raises(FetchError, match="HTTP 302"):
        get(Client(), f"{site.url}/a", ANY)
    assert len(site.asked) <= client.MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://pypi.invalid/simple", True),
        ("http://localhost:8080/", True),
        ("http://127.0.0.9/", True),
        ("http://[::1]:3141/", True),
        ("http://pypi.invalid/", False),
        ("http://127.0.0.1.invalid/", False),
        ("file:///etc/passwd", False),
        ("ftp://pypi.invalid/", False),
        ("https://", False),
    ],
)
def test_only_https_and_loopback_may_be_asked(url: str, allowed: bool) -> None:
    assert is_allowed(url) is allowed
    if not allowed:
        with pytest.raises(FetchError):
            get(Client(), url, ANY)


@pytest.mark.parametrize(("status", "words"), [(404, "none of that name"), (403, "credentials"), (500, "HTTP 500")])
def test_a_refusal_names_host_and_remedy(site: Any, page: Any, status: int, words: str) -> None:
    site.pages["/a"] = page(status=status)
    with pytest.raises(FetchError, match=words) as caught:
        get(Client(), f"{site.url}/a", ANY)
    assert "127.0.0.1" in str(caught.value)
    assert isinstance(caught.value, NotFoundError) is (status == 404)


def test_nobody_at_home_is_said_with_what_to_check() -> None:
    with pytest.raises(FetchError, match="HTTPS_PROXY and SSL_CERT_FILE"):
        get(Client(), "http://127.0.0.1:1/", ANY)


def test_credentials_become_a_header_and_are_never_repeated(site: Any, page: Any) -> None:
    site.pages["/a"] = page(status=302, location="/b")
    with pytest.raises(NotFoundError) as caught:
        get(Client(), site.url.replace("//", "//me:s%40cret@") + "/a", ANY)
    assert "cret" not in str(caught.value)
    assert site.asked == [("/a", "Basic " + base64.b64encode(b"me:s@cret").decode()), ("/b", "")]


def test_credentials_stay_on_their_host_and_scheme() -> None:
    index = "https://me:it@a.invalid/simple"
    assert with_credentials("https://a.invalid/f", index) == "https://me:it@a.invalid/f"
    for other in ("https://b.invalid/f", "http://a.invalid/f", "https://a.invalid:8443/f", "https://you@a.invalid/f"):
        assert with_credentials(other, index) == other


def test_an_answer_has_a_limit(site: Any, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_ANSWER", 10)
    site.pages["/a"] = page(body=b"eleven bytes")
    with pytest.raises(FetchError, match="at most 10 bytes"):
        get(Client(), f"{site.url}/a", ANY)


def test_a_bundle_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="PEM"):
        get(Client(ca_bundle=tmp_path / "missing.pem"), "https://127.0.0.1:1/", ANY)
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(FetchError, match="PEM"):
        get(Client(ca_bundle=tmp_path / "bad.pem"), "https://127.0.0.1:1/", ANY)
