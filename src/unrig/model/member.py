"""A member of a container: bytes that stand at an offset, or that a stream gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from msgspec import Struct


class Member(Struct, frozen=True, kw_only=True):
    """One entry as its container lists it. `open` streams its content; it never touches the disk by its name."""

    path: str
    """A label (see unrig.model.paths)."""
    size: int
    """As declared; the budget counts what is really read."""
    index: int
    offset: int
    kind: str = "file"
    """file, folder, symlink, device: only files have content."""
    open: Callable[[], BinaryIO]
