"""What the parts of a PE have in common: data directories, places, alignment (PE/COFF specification)."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct, field

FUNCTION_SPAN = 32
"""Bytes from one function's start to the next."""


class Directory(IntEnum):
    """Indices of the data directories in use."""

    EXPORT = 0
    IMPORT = 1
    RESOURCE = 2
    EXCEPTION = 3
    SECURITY = 4
    DEBUG = 6
    IAT = 12
    DELAY_IMPORT = 13


class Place(Struct, frozen=True, kw_only=True):
    """Where a part will stand: its RVA, its file offset, and where the code stands."""

    rva: int
    offset: int
    code_rva: int
    image_base: int
    functions: tuple[int, ...] = ()
    """RVA of each, where they do not stand on spans."""

    def moved(self, distance: int) -> Place:
        """Return the place `distance` bytes on."""
        return Place(
            rva=self.rva + distance,
            offset=self.offset + distance,
            code_rva=self.code_rva,
            image_base=self.image_base,
            functions=self.functions,
        )


class Extent(Struct, frozen=True, kw_only=True):
    """One data directory entry."""

    rva: int
    size: int


class Part(Struct, frozen=True, kw_only=True):
    """Bytes, and the directories that point into them."""

    data: bytes = b""
    directories: dict[Directory, Extent] = field(default_factory=dict)


def aligned(size: int, alignment: int) -> int:
    """Return `size` rounded up to the alignment."""
    return -(-size // alignment) * alignment


def padded(data: bytes, alignment: int, filler: bytes = b"\0") -> bytes:
    """Return the data filled up to the alignment."""
    return data.ljust(aligned(len(data), alignment), filler)
