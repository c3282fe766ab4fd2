"""Inno Setup's own description of an installer: what its loader's table says of places, and the two blocks of its header.

The table is a resource of the loader (11111; "rDlPtS", twelve bytes, then numbers; its last is the CRC-32 of those before). It
points at a text with the version and at two blocks: CRC-32, stored size, packed or not, then pieces of 4,096 bytes, each behind
its CRC-32; what is packed is LZMA with five bytes of properties. The first block has all texts (names of files, commands that
are run, addresses), the second the places of the files. The files themselves are not read: their records differ by version.
"""

from __future__ import annotations

import lzma
import re
import struct
import zlib
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.compressed_stream import Chunks, stored
from unrig.model.errors import FormatError

TABLE = b"rDlPtS"
REVISION_1 = struct.Struct("<12s8I")
VERSION = re.compile(rb"Inno Setup Setup Data \((\d{1,2}\.\d{1,2}\.\d{1,2}[^)]{0,16})\)[^\0]{0,24}\0*")
LONGEST_ID = 64
PIECE = 4096
MOST_PLAIN = 256 << 20
"""Bytes that a block may have: the header of the largest installers has some."""


class Block(Struct, frozen=True, kw_only=True):
    """One block of the header, as it stands in the file."""

    name: str
    offset: int
    """Of its first piece."""
    size: int
    """With the checksums of its pieces."""
    packed: bool


class Inno(Struct, frozen=True, kw_only=True):
    """What an installer says of itself."""

    version: str = ""
    """Empty where its text is not where the table says."""
    blocks: tuple[Block, ...] = ()
    data: int = 0
    """Bytes from where the files begin; 0 where they are in files beside the installer."""
    damaged: str = ""
    """`place: expected, found`; empty where all is as the table says."""


def read(data: memoryview, table: bytes) -> Inno:
    """Return what stands at the places of a loader's table. The rest is empty where one of them lies."""
    if len(table) < REVISION_1.size:
        return Inno(damaged=f"table: {REVISION_1.size} bytes, {len(table)}")
    _, revision, _, _, _, _, header, files, crc = REVISION_1.unpack_from(table)
    if revision != 1:
        return Inno(damaged=f"table: revision 1, {revision}")
    if zlib.crc32(table[: REVISION_1.size - 4]) != crc:
        return Inno(damaged=f"table: CRC-32 {crc:#010x}, {zlib.crc32(table[: REVISION_1.size - 4]):#010x}")
    told = VERSION.match(bytes(data[header : header + LONGEST_ID]))
    if told is None:
        return Inno(damaged=f"header: a version at {header:#x}, none")
    version = told.group(1).decode("ascii", "backslashreplace")
    left = len(data) - files if 0 < files < len(data) else 0
    try:
        return Inno(version=version, blocks=tuple(_blocks(data, header + LONGEST_ID)), data=left)
    except FormatError as error:
        return Inno(version=version, data=left, damaged=f"{error.where}: {error.expected}, {error.observed}")


def _blocks(data: memoryview, at: int) -> Iterator[Block]:
    """Yield the two blocks. Raises FormatError where a head's checksum does not hold or a block leaves the file."""
    for name in ("header", "places"):
        if at + 9 > len(data):
            raise FormatError(name, "a block", "the end of the file")
        crc, size, packed = struct.unpack_from("<IIB", data, at)
        if zlib.crc32(data[at + 4 : at + 9]) != crc:
            raise FormatError(name, "a head whose CRC-32 holds", f"{crc:#010x}")
        if at + 9 + size > len(data):
            raise FormatError(name, f"{size} bytes at {at + 9:#x}", f"{len(data)} bytes in all")
        yield Block(name=name, offset=at + 9, size=size, packed=bool(packed))
        at += 9 + size


def content(data: memoryview, block: Block) -> Chunks:
    """Yield the plain bytes of a block, up to MOST_PLAIN. Raises FormatError where a piece or the stream lies."""
    held = b"".join(_pieces(data[block.offset : block.offset + block.size]))
    if not block.packed:
        return (yield from stored(memoryview(held)))
    if len(held) < 5:
        raise FormatError("block", "five bytes of LZMA's properties", f"{len(held)}")
    decoder = _decoder(held[:5])
    total, fed = 0, held[5:]
    while not decoder.eof and total < MOST_PLAIN:
        try:
            plain = decoder.decompress(fed, 1 << 18)
        except lzma.LZMAError as error:
            raise FormatError("block", "an LZMA stream", str(error)) from error
        fed = b""
        if not plain and decoder.needs_input:
            break  # the writer marks no end
        total += len(plain)
        yield plain
    return total


def _pieces(held: memoryview) -> Iterator[bytes]:
    for number, at in enumerate(range(0, len(held), PIECE + 4)):
        piece = bytes(held[at + 4 : at + 4 + PIECE])
        if len(held) - at < 4 or zlib.crc32(piece) != struct.unpack_from("<I", held, at)[0]:
            raise FormatError(f"piece {number}", "a CRC-32 that holds", f"{len(piece)} bytes of which it does not")
        yield piece


def _decoder(properties: bytes) -> lzma.LZMADecompressor:
    packed, size = properties[0], int.from_bytes(properties[1:], "little")
    spec = {"id": lzma.FILTER_LZMA1, "dict_size": max(4096, min(size, MOST_PLAIN))}
    spec |= {"lc": packed % 9, "lp": packed // 9 % 5, "pb": packed // 45}
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[spec])
    except (lzma.LZMAError, ValueError) as error:
        raise FormatError("LZMA properties", "lc + lp of at most 4, pb of at most 4", str(packed)) from error
