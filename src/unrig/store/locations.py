"""Where unrig keeps things, by the XDG base directory specification."""

from __future__ import annotations

import os
from pathlib import Path

from unrig.model.errors import UsageError


def cache_folder() -> Path:
    """Return `$XDG_CACHE_HOME/unrig`: facts and downloads, safe to delete."""
    return _base("XDG_CACHE_HOME", ".cache")


def config_folder() -> Path:
    """Return `$XDG_CONFIG_HOME/unrig`: the policy file of a user."""
    return _base("XDG_CONFIG_HOME", ".config")


def data_folder() -> Path:
    """Return `$XDG_DATA_HOME/unrig`: baselines and packs."""
    return _base("XDG_DATA_HOME", ".local/share")


def made(path: Path) -> str:
    """Return a folder that is there, made where it was not. Raises UsageError where it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: expected a folder to keep tables in, found: {error.strerror}") from error
    return str(path)


def _base(variable: str, fallback: str) -> Path:
    given = os.environ.get(variable, "")
    # the specification: a path that is not absolute must be ignored
    root = Path(given) if Path(given).is_absolute() else Path.home() / fallback
    return root / "unrig"
