"""Names of Windows' own libraries that a program's folder can shadow."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class _SystemLibraries(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    libraries: tuple[str, ...]


@cache
def system_libraries() -> frozenset[str]:
    """Return the names, lower case, read once. Raises msgspec.ValidationError if the file is not as declared."""
    text = resources.files("unrig.data").joinpath("system_libraries.toml").read_bytes()
    return frozenset(msgspec.toml.decode(text, type=_SystemLibraries).libraries)
