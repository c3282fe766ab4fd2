"""Programs by what they are for: interpreters, discovery commands, launchers."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class Programs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """File names in lower case, each list sorted."""

    interpreters: tuple[str, ...]
    discovery: tuple[str, ...]
    launchers: tuple[str, ...]
    copiers: tuple[str, ...]


@cache
def programs() -> Programs:
    """Return the lists, read once. Raises msgspec.ValidationError if the file is not what Programs says."""
    text = resources.files("unrig.data").joinpath("programs.toml").read_bytes()
    return msgspec.toml.decode(text, type=Programs)
