"""The real signed release that figures come from: fetched once, by its hash."""

from __future__ import annotations

from pathlib import Path

from unrig.drill.build.demo_wheel import WHEEL_PURL, WHEEL_SHA256
from unrig.fetch.release import fetch
from unrig.model.errors import UsageError
from unrig.store import locations


def genuine_wheel() -> Path | None:
    """Return the pinned wheel, from the download cache or its index; None where there is no network.

    Raises UsageError where the index serves another file under this name.
    """
    try:
        fetched = fetch(WHEEL_PURL, locations.cache_folder() / "downloads")
    except UsageError as error:
        print(f"  no network? {error}")
        return None
    if fetched.sha256 != WHEEL_SHA256:
        raise UsageError(f"{WHEEL_PURL}: expected SHA-256 {WHEEL_SHA256}, found {fetched.sha256}")
    return fetched.path
