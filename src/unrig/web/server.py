"""Serving one case on a loopback address, to whoever has the printed address."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from unrig.model.errors import UsageError
from unrig.web.app import Served, application

HTTP_PORT = 80  # a browser leaves it out of the Host header (RFC 9110, section 7.2)


def serve(folder: Path, host: str, port: int, *, say: Callable[[str], None]) -> None:
    """Serve a case until interrupted; `say` gets the address once it is bound, port 0 being any free one.

    Raises UsageError for an address that is not loopback or is taken.
    """
    with listen(host, port) as listener:
        served = Served(folder=folder, secret=secrets.token_urlsafe(16), hosts=names(listener))
        say(address(listener, served.secret))
        settings = uvicorn.Config(
            application(served),
            access_log=False,
            date_header=False,
            http="h11",
            lifespan="off",
            log_level="warning",
            loop="asyncio",
            proxy_headers=False,
            server_header=False,
            ws="none",
        )
        uvicorn.Server(settings).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to a loopback address. Raises UsageError for any other."""
    try:
        loopback = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(f"--host {host}: expected a loopback address as 127.0.0.1 or ::1, found a name.") from None
    if not loopback.is_loopback:
        raise UsageError(
            f"--host {host}: expected a loopback address, found one that others reach. "
            "A case is served on this machine only; use ssh -L to look at it from another."
        )
    family = socket.AF_INET if loopback.version == 4 else socket.AF_INET6
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(loopback), port))
        listener.listen()  # before the address is said: whoever is quick must not be refused
    except OSError as error:
        listener.close()
        raise UsageError(
            f"--host {host} --port {port}: expected a free port, found: {error.strerror}. Leave --port out."
        ) from error
    return listener


def names(listener: socket.socket) -> frozenset[str]:
    """Return the Host headers that name a bound socket."""
    host, port = listener.getsockname()[:2]
    hosts = {f"[{host}]" if ":" in host else host, "localhost"}
    with_port = {f"{name}:{port}" for name in hosts}
    return frozenset(with_port | hosts if port == HTTP_PORT else with_port)


def address(listener: socket.socket, secret: str) -> str:
    """Return the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{secret}/"
