"""The plain bytes of a cabinet's folder, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from unrig.formats.cab_blocks import LARGEST_PLAIN, Block, blocks_of, checksum_holds
from unrig.formats.cab_parts import Folder, Header
from unrig.formats.lzx import Lzx
from unrig.formats.mszip import Mszip
from unrig.model.errors import FormatError

METHODS = {0: "stored", 1: "MSZIP", 2: "Quantum", 3: "LZX"}  # [MS-CAB] 2.2, typeCompress
READABLE = frozenset({0, 1, 3})


class Piece(Struct, frozen=True, kw_only=True):
    """The plain bytes of one block."""

    plain: bytes
    damage: str = ""
    """What is wrong with the block although it could be read; the bytes are its."""


class _Stored:
    """Blocks that are not packed."""

    spare = 0

    def plain(self, packed: memoryview, size: int) -> bytes:
        """Return the bytes as they stand. Raises FormatError where there are others than `size`."""
        if len(packed) != size:
            raise FormatError("stored block", f"{size} bytes", str(len(packed)))
        return bytes(packed)


def method_of(folder: Folder) -> str:
    """Return how a folder is packed, in words."""
    return METHODS.get(folder.method & 15, f"method {folder.method & 15}")


def pieces(data: memoryview, header: Header, folder: Folder) -> Iterator[Piece]:
    """Yield the plain bytes of each block of a folder that stands in this cabinet.

    Raises FormatError where a block cannot be read, goes on in another cabinet, or the method is not read.
    """
    decode, spare = _decoder(folder)
    before = 0
    for index, block in enumerate(blocks_of(data, header, folder)):
        if block.plain == 0 and block.packed:
            raise FormatError(f"block {index}", "its end in this cabinet", "a block that goes on in the next one")
        if block.plain > LARGEST_PLAIN:
            raise FormatError(f"block {index}", f"at most {LARGEST_PLAIN} plain bytes", str(block.plain))
        plain = decode(data[block.data_offset : block.end], block.plain)
        extra, before = spare() - before, spare()
        yield Piece(plain=plain, damage=_damage(data, block, index, extra))


def _damage(data: memoryview, block: Block, index: int, spare: int) -> str:
    if not checksum_holds(data, block):
        return f"block {index}: its checksum does not hold"
    return f"block {index}: {spare} bytes stand behind its stream" if spare else ""


def _decoder(folder: Folder) -> tuple[Callable[[memoryview, int], bytes], Callable[[], int]]:
    """Return what unpacks the blocks of a folder one by one, and what counts the bytes it had no use for."""
    method = folder.method & 15
    if method not in READABLE:
        raise FormatError("folder", "stored, MSZIP or LZX", method_of(folder))
    decoder = Mszip() if method == 1 else Lzx(folder.method >> 8 & 31) if method == 3 else _Stored()
    return decoder.plain, lambda: decoder.spare
