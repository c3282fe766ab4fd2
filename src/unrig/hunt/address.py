"""Database addresses: what one names, and what must not stand in it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from unrig.hunt.engine import Address
from unrig.model.errors import UsageError

_SCHEME = re.compile(r"([a-z][a-z0-9+]+)://", re.IGNORECASE)


def scheme_of(text: str) -> str:
    """Return how an address begins, in lower case; nothing for what is none, as paths and globs are."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def address(text: str) -> Address:
    """Return what an address names. Raises UsageError for a password in it, or a port that is none."""
    scheme = scheme_of(text)
    if not scheme:
        raise UsageError(f"{text}: expected the address of a database, such as postgres://host/name, found none.")
    parts = urlsplit(text)
    shown = f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if parts.password is not None or "password" in dict(parse_qsl(parts.query, keep_blank_values=True)):
        raise UsageError(
            f"{shown}: expected an address without a password, found one (every user of this machine sees command"
            " lines). Leave it out, and set it in the environment: PGPASSWORD, or a file that PGPASSFILE names."
        )
    try:
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{shown}: expected a number of a port, found none.") from error
    return Address(
        scheme=scheme,
        user=unquote(parts.username or ""),
        host=parts.hostname or "",
        port=port,
        path=unquote(parts.path),
        settings=dict(parse_qsl(parts.query, keep_blank_values=True)),
        shown=shown,
    )
