"""What a kind of pack is, and what its packs hold once they are read."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class HashList(Struct, frozen=True, kw_only=True, tag="hashes"):
    """Labels by SHA-256 (lower case)."""

    labels: dict[str, str]


class HijackLibrary(Struct, frozen=True, kw_only=True):
    """A library that programs load from their own folder first."""

    vendor: str = ""
    programs: tuple[str, ...] = ()
    """File names of programs known to, lower case."""


class HijackList(Struct, frozen=True, kw_only=True, tag="hijacklibs"):
    """Libraries by file name (lower case)."""

    libraries: dict[str, HijackLibrary]


class YaraSource(Struct, frozen=True, kw_only=True, tag="yara"):
    """YARA rules as their author wrote them; they are compiled in a sealed worker."""

    text: str


PackContent = HashList | HijackList | YaraSource
"""What any kind of pack may hold: one tagged struct a kind, `HashList | OtherContent`."""


class ReadPack(Struct, frozen=True, kw_only=True):
    """A pack that was read: what its own text says of itself, and what it holds."""

    name: str
    """Empty where the pack does not name itself; the file's name then stands in."""
    version: str = ""
    licence: str = ""
    content: PackContent


class PackKind(Struct, frozen=True, kw_only=True):
    """One kind of pack.

    `read` gets the bytes and the name by which errors speak of them, and returns what they hold. It raises FormatError
    at the first thing it cannot take, so that a pack is in force whole or not at all.
    """

    id: str
    """As the lock file and every result name it."""
    title: str
    suffixes: tuple[str, ...]
    """Ends of file names, lower case, that belong to this kind and to no other; `""` is a name without one."""
    read: Callable[[bytes, str], ReadPack]
