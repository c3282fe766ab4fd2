"""The data blocks of a cabinet ([MS-CAB] 2.4, CFDATA): where they stand, and whether their checksums hold."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.cab_parts import Folder, Header
from unrig.formats.lazy_numpy import np
from unrig.model.errors import FormatError

LARGEST_PLAIN = 32_768  # [MS-CAB] 2.4: cbUncomp of a block
_BLOCK = struct.Struct("<I2H")


class Block(Struct, frozen=True, kw_only=True):
    """CFDATA."""

    offset: int
    checksum: int
    """0 where none was worked out."""
    data_offset: int
    packed: int
    plain: int
    """cbUncomp: 0 where the block goes on in the next cabinet."""

    @property
    def end(self) -> int:
        """Offset of the first byte after it."""
        return self.data_offset + self.packed


def blocks_of(data: memoryview, header: Header, folder: Folder) -> Iterator[Block]:
    """Yield the blocks of a folder, one behind the other. Raises FormatError where the file ends among them."""
    at = folder.data_offset
    head = _BLOCK.size + header.block_reserve
    for index in range(folder.blocks):
        if at + head > len(data):
            raise FormatError(f"block {index}", f"a header at {at:#x}", "the end of the file")
        checksum, packed, plain = _BLOCK.unpack_from(data, at)
        block = Block(offset=at, checksum=checksum, data_offset=at + head, packed=packed, plain=plain)
        if block.end > len(data):
            raise FormatError(f"block {index}", f"{packed} bytes at {block.data_offset:#x}", "the end of the file")
        yield block
        at = block.end


def checksum_holds(data: memoryview, block: Block) -> bool:
    """Tell whether a block's checksum is right, or absent; a reserved area may be counted in or not (tools differ)."""
    if block.checksum == 0:
        return True
    fields = data[block.offset + 4 : block.offset + 8]
    whole = checksum(data[block.data_offset : block.end])
    seed = whole ^ int.from_bytes(fields, "little")
    reserve = data[block.offset + 8 : block.data_offset]
    return block.checksum in {seed, seed ^ checksum(reserve), checksum(data[block.offset + 4 : block.end])}


def checksum(data: memoryview) -> int:
    """Return the exclusive or of all 32-bit words; the last 1 to 3 bytes count the other way round ([MS-CAB] 3.1)."""
    aligned = len(data) & ~3
    words = np.frombuffer(data[:aligned], dtype="<u4")
    return int(np.bitwise_xor.reduce(words)) ^ int.from_bytes(data[aligned:], "big")
