"""What an updater asks for: the newest release's name, size and hash, in the manner of electron-builder's feeds."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib

from unrig.drill.build.archive import Shipped


def feed(shipped: Shipped, version: str, built: int) -> dict[str, bytes]:
    """Return the feed's files by path, for a release of one file."""
    ((name, data),) = shipped.files.items()
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    day = dt.datetime.fromtimestamp(built + 86_400, dt.UTC).isoformat(timespec="milliseconds")
    lines = (
        f"version: {version}",
        "files:",
        f"  - url: {name}",
        f"    sha512: {digest}",
        f"    size: {len(data)}",
        f"path: {name}",
        f"sha512: {digest}",
        f"releaseDate: '{day.replace('+00:00', 'Z')}'",
    )
    return {"latest.yml": ("\n".join(lines) + "\n").encode()}
