"""Database addresses: what one names, and what must not stand in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from unrig.hunt.engine import Address
from unrig.model.errors import UsageError

_SCHEME = re.compile(r"([a-z][a-z0-9+]+)://", re.IGNORECASE)
EMBEDDED = frozenset({"duckdb", "duckdb:", "duckdb://"})
"""The engine that files are read into, by name."""


def scheme_of(text: str) -> str:
    """Return how an address begins, in lower case; nothing for what is none, as paths and globs are."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def database(telemetry: Sequence[str], engine: str) -> Address | None:
    """Return the database that is to be asked; None where the telemetry is in files.

    Either the engine is the address, or a single telemetry is. Raises UsageError where both are given, or neither.
    """
    named = [each for each in telemetry if scheme_of(each)]
    given = [*named, *([engine] if engine and engine.lower() not in EMBEDDED else [])]
    if not given:
        if not telemetry:
            raise UsageError("Expected telemetry: files, folders, globs or the address of a database; found none.")
        return None
    found = address(given[0])
    if len(given) > 1 or len(telemetry) > len(named):
        raise UsageError(
            f"{found.shown}: expected one database and nothing beside it, found {len(given) + len(telemetry) - len(named)}"
            " places. Hunt once for each: files are read into the embedded engine, a database is asked where it is."
        )
    return found


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
