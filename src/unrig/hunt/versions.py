"""Which code read or compiled something: what is kept from one hunt to the next holds for the same code only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata, resources

_READING = ("unrig.hunt", "unrig.hunt.telemetry", "unrig.formats", "unrig.data")
"""Packages whose change may change a row."""
_ASKING = ("unrig.hunt", "unrig.hunt.analytics", "unrig.hunt.leads", "unrig.data", "unrig.model", "unrig.store")
"""Packages whose change may change a question."""
_ENGINE = ("ibis-framework", "sqlglot", "duckdb", "pyarrow")
_SUFFIXES = (".py", ".toml")
_DIGITS = 16


@cache
def readers_version() -> str:
    """Return 16 hexadecimal digits that change with the code of any reader, and with the columns."""
    return _version(_READING)


@cache
def questions_version() -> str:
    """Return 16 hexadecimal digits that change with the code of any question, and with the engine and its compiler."""
    return _version(_ASKING, _ENGINE)


def _version(packages: Iterable[str], distributions: Iterable[str] = ()) -> str:
    digest = hashlib.sha256()
    for name in distributions:
        digest.update(f"{name} {metadata.version(name)}\0".encode())
    for package in packages:
        for file in sorted(resources.files(package).iterdir(), key=lambda each: each.name):
            if file.is_file() and file.name.endswith(_SUFFIXES):
                digest.update(f"{package}/{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:_DIGITS]
