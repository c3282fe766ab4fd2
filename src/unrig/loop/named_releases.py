"""Releases as people name them: a path, `-`, an address, a purl, or a name of the baseline store."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.errors import UsageError
from unrig.store import baselines, locations

STANDARD_INPUT = "-"


class KnownGood(Struct, frozen=True, kw_only=True):
    """Where a known-good release stands, and what the baseline store says of it, if it came from there."""

    path: Path
    stored: Release | None = None


@contextmanager
def released(name: str) -> Iterator[Path]:
    """Give the file or folder that a release names; what comes from standard input is kept for the block only.

    Raises UsageError where nothing of that name can be found.
    """
    if name != STANDARD_INPUT:
        yield located(name)
        return
    with tempfile.TemporaryDirectory(prefix="unrig-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


def located(name: str) -> Path:
    """Return the file or folder that a release names, fetched where it is an address. Raises UsageError."""
    if is_remote(name):
        from unrig.fetch.release import fetch  # noqa: PLC0415  (only an address needs the network client)

        return fetch(name, locations.cache_folder() / "downloads").path
    path = Path(name)
    try:
        path.stat()
    except FileNotFoundError:
        observed = "nothing of that name exists"
    except OSError as error:
        observed = (error.strerror or type(error).__name__).lower()
    except ValueError:
        observed = "a name that no file can have"
    else:
        return path
    raise UsageError(f"{name}: expected a file, a folder, a purl or an https address; {observed}.")


def known_good(name: str) -> KnownGood:
    """Return where a known-good release stands: a path, an address, or a name of the baseline store.

    Raises UsageError where it is none of these, revoked, or gone.
    """
    if is_remote(name) or _exists(name):
        return KnownGood(path=located(name))
    kept = baselines.find(locations.data_folder(), name)
    if kept.revoked:
        raise UsageError(f"{name}: expected a baseline that is good, found it revoked: {kept.revoked}.")
    if not _exists(kept.location):
        raise UsageError(f"{name}: expected the baseline at {kept.location}, found nothing there. Add it again.")
    return KnownGood(path=Path(kept.location), stored=kept.release)


def is_remote(name: str) -> bool:
    """Tell whether a name is a purl or an address."""
    return name.startswith(("pkg:", "https://"))


def as_given(name: str) -> str:
    """Return how documents name a release that has no file name of its own; empty where it has."""
    return name if name == STANDARD_INPUT or is_remote(name) else ""


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False
