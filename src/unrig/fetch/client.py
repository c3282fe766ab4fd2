"""The only network client: GET over HTTPS, nothing else. Plain HTTP goes to loopback alone.

What comes back is bytes, bounded; nothing is run, and no address found inside a release is ever asked for.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from email.message import Message
from pathlib import Path
from typing import IO, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from msgspec import Struct

from unrig.model.errors import UsageError

TIMEOUT = 60  # seconds a read may stall; pip's default is 15, its users raise it for proxies
MAX_ANSWER = 64 << 20  # bytes of an index's answer: the largest pages of the public ones are below 40 MB
MAX_REDIRECTS = 5
CHUNK = 1 << 18
AGENT = "unrig (release vetting; reads only)"


class FetchError(UsageError):
    """A file could not be fetched; the message names the host, what went wrong and what to do."""


class NotFoundError(FetchError):
    """The host answered that it has no such thing (404 or 410)."""


class Answer(Struct, frozen=True, kw_only=True):
    """What an index answered."""

    url: str
    """After redirects: what relative links are relative to."""
    content_type: str
    body: bytes


class Client(Struct, frozen=True, kw_only=True):
    """How to ask: which certificates to trust."""

    ca_bundle: Path | None = None
    """PEM file; the system's where None."""


def get(client: Client, url: str, accept: str) -> Answer:
    """Return a small answer. Raises FetchError; NotFoundError where the host has none."""
    with _opened(client, url, accept) as response:
        body = b"".join(_chunks(response, url, MAX_ANSWER))
        headers = cast("Message", response.headers)
        return Answer(url=response.geturl(), content_type=headers.get_content_type(), body=body)


def download(client: Client, url: str, limit: int) -> Iterator[bytes]:
    """Yield the bytes of a file, at most `limit`. Raises FetchError; NotFoundError where the host has none."""
    with _opened(client, url, "*/*") as response:
        yield from _chunks(response, url, limit)


def host_of(url: str) -> str:
    """Return the host of a URL with its port where it names one; never its credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""


def with_credentials(url: str, index: str) -> str:
    """Return a URL with the credentials of the index, where it lies on the same host and scheme and has none."""
    parts, of = urlsplit(url), urlsplit(index)
    same = (parts.scheme, host_of(url)) == (of.scheme, host_of(index))
    if not same or "@" in parts.netloc or "@" not in of.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{of.netloc.rpartition('@')[0]}@{parts.netloc}"))


def is_allowed(url: str) -> bool:
    """Tell whether a URL may be asked for: HTTPS, or HTTP to this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine."""
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only where the scheme stays and the address is one that may be asked for."""

    max_redirections = MAX_REDIRECTS

    def redirect_request(  # noqa: PLR0917  (urllib calls it so)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request; raise FetchError where it would leave HTTPS."""
        same_scheme = urlsplit(newurl).scheme == urlsplit(req.full_url).scheme
        if not same_scheme or not is_allowed(newurl):
            raise FetchError(
                f"{host_of(req.full_url)} redirects to {urlsplit(newurl).scheme}://{host_of(newurl)}: expected a "
                "redirect that stays on HTTPS. Download the file yourself and give its path."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opened(client: Client, url: str, accept: str) -> AbstractContextManager[http.client.HTTPResponse]:
    """Return the response to one GET."""
    request = _request(url, accept)
    opener = urllib.request.build_opener(_Redirects(), urllib.request.HTTPSHandler(context=_context(client)))
    host = host_of(url)
    try:
        return cast("http.client.HTTPResponse", opener.open(request, timeout=TIMEOUT))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(host, error.code) from error
    except urllib.error.URLError as error:
        raise _unreachable(host, str(error.reason)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unreachable(host, str(error) or type(error).__name__) from error


def _request(url: str, accept: str) -> urllib.request.Request:
    """Return the request; credentials in the URL become a header that no redirect carries on."""
    if not is_allowed(url):
        raise FetchError(f"{host_of(url) or url!r}: expected an https:// address, found {urlsplit(url).scheme!r}.")
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, ""))
    request = urllib.request.Request(bare, headers={"Accept": accept, "User-Agent": AGENT})  # noqa: S310  (is_allowed)
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    return request


def _context(client: Client) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if client.ca_bundle is None else str(client.ca_bundle))
    except OSError as error:
        raise FetchError(f"{client.ca_bundle}: expected a file of CA certificates in PEM, found: {error}.") from error


def _chunks(response: http.client.HTTPResponse, url: str, limit: int) -> Iterator[bytes]:
    """Yield the body; raise FetchError where it is too long or ends early."""
    total = 0
    host = host_of(url)
    while chunk := _read(response, host):
        total += len(chunk)
        if total > limit:
            raise FetchError(f"{host}: expected at most {limit:,} bytes, found more. Download it yourself.")
        yield chunk
    stated = response.headers.get("Content-Length", "")
    if stated.isdigit() and int(stated) != total:
        raise FetchError(f"{host}: expected {int(stated):,} bytes, found {total:,}. Try again.")


def _read(response: http.client.HTTPResponse, host: str) -> bytes:
    try:
        return response.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(host, str(error) or type(error).__name__) from error


def _refused(host: str, code: int) -> FetchError:
    if code in {404, 410}:
        return NotFoundError(f"{host}: expected the file or package, found HTTP {code}: it has none of that name.")
    if code in {401, 403, 407}:
        return FetchError(f"{host}: HTTP {code}: it wants credentials. Put them into the index address, or fetch it.")
    return FetchError(f"{host}: expected an answer, found HTTP {code}. Try again, or download the file yourself.")


def _unreachable(host: str, reason: str) -> FetchError:
    return FetchError(
        f"{host}: cannot be read ({reason}). Check the network, HTTPS_PROXY and SSL_CERT_FILE, "
        "or download the file yourself and give its path."
    )
