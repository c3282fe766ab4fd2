"""Cabinets, well-formed or not ([MS-CAB]): stored, MSZIP and LZX, with whatever can ride between their parts."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum

from msgspec import Struct

from unrig.drill.build._lzx import FRAME, LzxBlock, lzx_frames
from unrig.drill.build.payload import NOTHING, PayloadSpec, fill

_HEADER = struct.Struct("<4s5I2B5H")
_FOLDER = struct.Struct("<I2H")
_FILE = struct.Struct("<2I4H")
_BLOCK = struct.Struct("<I2H")
_DATE, _TIME = 43 << 9 | 3 << 5 | 2, 0
"""2023-03-02, the same for every file."""
_ARCHIVE, _UTF8 = 0x20, 0x80


class CabMethod(IntEnum):
    """typeCompress ([MS-CAB] 2.2); Quantum is only said, its data is stored."""

    STORED = 0
    MSZIP = 1
    QUANTUM = 2
    LZX = 3


class CabFile(Struct, frozen=True, kw_only=True):
    """One file. The defaults tell the truth."""

    name: str | bytes
    content: bytes = b""
    stated_size: int | None = None
    stated_folder: int | None = None
    """0xFFFD, 0xFFFE and 0xFFFF stand for other cabinets."""
    stated_start: int | None = None


class CabFolder(Struct, frozen=True, kw_only=True):
    """Files that are packed together."""

    files: tuple[CabFile, ...]
    method: CabMethod = CabMethod.MSZIP
    window_bits: int = 15
    blocks: tuple[LzxBlock, ...] = (LzxBlock.VERBATIM,)
    """The kinds of LZX block, in turns."""
    call_size: int = 0
    """LZX: translate the targets of x86 calls, for a program of this size."""
    gap: PayloadSpec = NOTHING
    """Before its data."""
    spare_plain: PayloadSpec = NOTHING
    """Plain bytes behind its last file, of no file."""
    broken_checksum: bool = False
    without_checksums: bool = False


class CabLayout(Struct, frozen=True, kw_only=True):
    """What stands around the files."""

    trailing: PayloadSpec = NOTHING
    header_reserve: PayloadSpec = NOTHING
    block_reserve: int = 0
    """Zero bytes in the header of each block."""
    previous: str = ""
    """The names of other cabinets of a set; empty where there is none."""
    next: str = ""


def build_cab(folders: tuple[CabFolder, ...], layout: CabLayout | None = None, seed: int = 0) -> bytes:
    """Return the cabinet; the same folders, layout and seed give the same bytes."""
    layout = layout or CabLayout()
    optional = _optional(layout, seed)
    files_at = _HEADER.size + len(optional) + _FOLDER.size * len(folders)
    files = b"".join(_file_records(folders))
    at, rows, body = files_at + len(files), b"", b""
    for index, folder in enumerate(folders):
        body += fill(seed, f"cab/gap/{index}", folder.gap)
        blocks = list(_blocks(folder, layout, seed, index))
        method = folder.method | (folder.window_bits << 8 if folder.method is CabMethod.LZX else 0)
        rows += _FOLDER.pack(at + len(body), len(blocks), method)
        body += b"".join(blocks)
    flags = (1 if layout.previous else 0) | (2 if layout.next else 0) | (4 if _has_reserve(layout) else 0)
    count = sum(len(folder.files) for folder in folders)
    size = at + len(body)
    head = _HEADER.pack(b"MSCF", 0, size, 0, files_at, 0, 3, 1, len(folders), count, flags, 1, 0)
    return head + optional + rows + files + body + fill(seed, "cab/trailing", layout.trailing)


def _has_reserve(layout: CabLayout) -> bool:
    return bool(layout.header_reserve.size or layout.block_reserve)


def _optional(layout: CabLayout, seed: int) -> bytes:
    """Return the fields of the header that its flags announce."""
    data = b""
    if _has_reserve(layout):
        data = struct.pack("<H2B", layout.header_reserve.size, 0, layout.block_reserve)
        data += fill(seed, "cab/reserve", layout.header_reserve)
    for other in filter(None, (layout.previous, layout.next)):
        data += other.encode() + b"\0disk\0"
    return data


def _file_records(folders: tuple[CabFolder, ...]) -> Iterator[bytes]:
    for index, folder in enumerate(folders):
        start = 0
        for file in folder.files:
            yield file_record(file, index, start)
            start += len(file.content)


def file_record(file: CabFile, folder: int, start: int) -> bytes:
    """Return the CFFILE of a file in a folder, from a plain byte on, unless it states others."""
    size = len(file.content) if file.stated_size is None else file.stated_size
    place = start if file.stated_start is None else file.stated_start
    number = folder if file.stated_folder is None else file.stated_folder
    raw = file.name if isinstance(file.name, bytes) else file.name.encode()
    attributes = _ARCHIVE | (0 if raw.isascii() else _UTF8)
    return _FILE.pack(size, place, number, _DATE, _TIME, attributes) + raw + b"\0"


def packed_blocks(folder: CabFolder) -> list[tuple[bytes, int]]:
    """Return the packed bytes of each block of a folder, and how many plain ones it has."""
    plain = b"".join(file.content for file in folder.files)
    return [(packed, min(FRAME, len(plain) - n * FRAME)) for n, packed in enumerate(_packed(folder, plain))]


def _blocks(folder: CabFolder, layout: CabLayout, seed: int, index: int) -> Iterator[bytes]:
    """Yield the data blocks of a folder, each with its header."""
    plain = b"".join(file.content for file in folder.files) + fill(seed, f"cab/spare/{index}", folder.spare_plain)
    reserve = bytes(layout.block_reserve)
    for number, packed in enumerate(_packed(folder, plain)):
        length = min(FRAME, len(plain) - number * FRAME)
        sizes = struct.pack("<2H", len(packed), length)
        checksum = 0 if folder.without_checksums else checksum_of(packed) ^ int.from_bytes(sizes, "little")
        yield _BLOCK.pack(checksum ^ folder.broken_checksum, len(packed), length) + reserve + packed


def _packed(folder: CabFolder, plain: bytes) -> Iterator[bytes]:
    if folder.method is CabMethod.LZX:
        yield from lzx_frames(plain, folder.window_bits, folder.blocks, folder.call_size)
        return
    for start in range(0, len(plain), FRAME):
        piece = plain[start : start + FRAME]
        yield _mszip(piece, plain[max(0, start - FRAME) : start]) if folder.method is CabMethod.MSZIP else piece


def _mszip(piece: bytes, history: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=history)
    return b"CK" + packer.compress(piece) + packer.flush()


def checksum_of(data: bytes) -> int:
    """Return the exclusive or of all words, the last one to three bytes the other way round ([MS-CAB] 3.1)."""
    aligned = len(data) & ~3
    total = int.from_bytes(data[aligned:], "big")
    for (word,) in struct.iter_unpack("<I", data[:aligned]):
        total ^= word
    return total
