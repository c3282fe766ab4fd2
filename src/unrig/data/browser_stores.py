"""Where browsers keep history, logins, cookies and keys, and which programs own them."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class Browser(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One browser: all texts in lower case, paths with slashes."""

    name: str
    files: str
    """Which of BrowserStores.files its profiles hold."""
    folders: tuple[str, ...]
    """Parts of the path of a profile."""
    programs: tuple[str, ...]
    """File names of the programs that own it."""
    homes: tuple[str, ...]
    """Parts of the folders those programs are installed in."""


class BrowserStores(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    browsers: tuple[Browser, ...]
    files: dict[str, dict[str, str]]
    """Family of browsers to file name to what it holds (history, logins, cookies, keys)."""


@cache
def browser_stores() -> BrowserStores:
    """Return the list, read once. Raises msgspec.ValidationError if the file is not what BrowserStores says."""
    text = resources.files("unrig.data").joinpath("browser_stores.toml").read_bytes()
    return msgspec.toml.decode(text, type=BrowserStores)
