"""A member of a container: bytes that stand at an offset, or that a stream gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from msgspec import Struct

from unrig.model.budget import Budget
from unrig.model.problem import Problem


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
    part: int = 0
    """Which run of bytes packed together it stands in, where the container has such."""
    start: int = 0
    """Where it begins in the plain bytes of its part."""
    crc32: int = -1
    """Where only whoever unpacks it can check it; -1 where there is none, or it is checked already."""
    open: Callable[[], BinaryIO]


class Container(Struct, frozen=True, kw_only=True):
    """One kind of container that can be opened. A code value: it holds the function, and has no schema."""

    id: str
    formats: tuple[str, ...]
    """Names that `unrig.formats.sniff` gives to what it opens."""
    members: Callable[[memoryview, Budget], Iterator[Member | Problem]]
    """Raises FormatError or LimitError where there is no readable directory at all."""
    solid: bool = False
    """Its members are packed together, so that all of a part are unpacked in one go and in their order."""
    host: bool = False
    """What it opens is more than a container: its own bytes are read whole, as those of a file without members."""
    program: Mapping[str, str] = {}
    """What the pinned program calls each format that it opens; `members` then gets its listing. Empty: unrig opens it."""
