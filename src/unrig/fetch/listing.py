"""One file that an index lists: where it is, and the hash that makes it that file."""

from __future__ import annotations

from msgspec import Struct


class Listed(Struct, frozen=True, kw_only=True):
    """A file of one version of a package."""

    file_name: str
    url: str
    algorithm: str
    """Of `digest`, as hashlib names it; empty where the index states none that still holds (SHA-256 and up)."""
    digest: str
    """In hex."""
    platform: str = ""
    """Platform tags of a wheel, joined by dots; empty where the file is for every platform."""
