"""The one page as an application (ASGI 3), and the guard in front of it.

The guard answers only requests that name this server in their Host header: a page from elsewhere that had its own
name point here (DNS rebinding) names itself. The path starts with a secret that only the printed address has, since
every user of this machine reaches its loopback.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from msgspec import Struct
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unrig.model.errors import FormatError, LimitError, UsageError
from unrig.report import html
from unrig.web.case_page import read_page

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every answer; the page's own Content-Security-Policy takes the place of this one."""
MISDIRECTED = 421  # RFC 9110, section 15.5.20
UNREADABLE = 500


class Served(Struct, frozen=True, kw_only=True):
    """What is served, to whom."""

    folder: Path
    secret: str
    hosts: frozenset[str]
    """Host headers that name this server, with its port."""


def application(served: Served) -> ASGIApp:
    """Return the application that shows one case; every request reads the folder anew."""

    def page(request: Request) -> Response:
        if not secrets.compare_digest(request.path_params["secret"].encode(), served.secret.encode()):
            return PlainTextResponse("Not found: use the address that unrig serve printed.\n", 404)
        try:
            content = html.render(read_page(served.folder))
        except (UsageError, FormatError, LimitError, OSError) as error:
            return PlainTextResponse(
                f"The case cannot be read: {error}\nunrig case DIR --verify says more.\n", UNREADABLE
            )
        headers = {"content-security-policy": html.security_policy()}
        return Response(content, media_type="text/html", headers=headers)

    return _guarded(Starlette(routes=[Route("/{secret}/", page)]), served.hosts)


def _guarded(inner: ASGIApp, hosts: frozenset[str]) -> ASGIApp:
    """Return `inner` behind the check of the Host header, with the headers on every answer."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        named = Headers(scope=scope).getlist("host") if scope["type"] == "http" else []
        if len(named) == 1 and named[0].lower() in hosts:
            await inner(scope, receive, with_headers)
        else:
            refusal = PlainTextResponse("This server answers only to its own name.\n", MISDIRECTED)
            await refusal(scope, receive, with_headers)

    return guard
