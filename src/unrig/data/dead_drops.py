"""Addresses under which anybody can leave a text for a program to fetch."""

from __future__ import annotations

from functools import cache
from importlib import resources
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host, and how the paths begin under which it serves what anybody left."""

    host: str
    path: str = "/"


class _DeadDrops(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    sites: tuple[Site, ...]


@cache
def dead_drops() -> tuple[Site, ...]:
    """Return the sites, read once. Raises msgspec.ValidationError if the file is not as declared."""
    text = resources.files("unrig.data").joinpath("dead_drops.toml").read_bytes()
    return msgspec.toml.decode(text, type=_DeadDrops).sites


def is_dead_drop(address: str) -> bool:
    """Tell whether an address is one under which anybody can have left what is fetched."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    if host not in _hosts():
        return False
    return any(host == site.host and (parts.path or "/").startswith(site.path) for site in dead_drops())


@cache
def _hosts() -> frozenset[str]:
    return frozenset(site.host for site in dead_drops())
