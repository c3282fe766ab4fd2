"""A guess whether a release was read before, made before a byte of it is: by path, size and time of its last change.

It decides whether the sandbox is started ahead of the need, and nothing else: a wrong guess costs a moment.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from unrig import __version__
from unrig.model.fact import Fact
from unrig.store.fact_cache import FactCache

_READER = "read-before"
_VERSION = 1


def told(cache: FactCache, release: Path) -> bool:
    """Return whether `tell` was called for what now stands at this path."""
    return any(fact.reader == _READER for fact in cache.facts(_key(release)))


def tell(cache: FactCache, release: Path) -> None:
    """Note that what stands at this path was read whole."""
    cache.add((Fact(sha256=_key(release), reader=_READER, reader_version=_VERSION, value=b""),))


def _key(release: Path) -> str:
    """Return the SHA-256 of what tells one state of a path from another; of the path alone where it cannot be read."""
    try:
        status = release.stat()
        state = f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns}"
    except OSError:
        state = ""
    return hashlib.sha256(f"{__version__} {release.absolute()} {state}".encode(errors="surrogateescape")).hexdigest()
