"""Installers of Inno Setup for tests, as far as their loader's table and the two blocks of the header: nothing to install."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Mapping

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, ResourceSpec
from unrig.formats.pe import read_header
from unrig.formats.pe_map import image
from unrig.formats.pe_resources import read_resources

MAGIC = b"rDlPtS\xcd\xe6\xd7{\x0b*"
LC, LP, PB, DICTIONARY = 3, 0, 2, 1 << 16


def block(plain: bytes, *, packed: bool = True) -> bytes:
    """Return one block of the header: its head, and pieces of 4,096 bytes behind their checksums."""
    if packed:
        spec = {"id": lzma.FILTER_LZMA1, "dict_size": DICTIONARY, "lc": LC, "lp": LP, "pb": PB}
        properties = bytes([(PB * 5 + LP) * 9 + LC]) + struct.pack("<I", DICTIONARY)
        plain = properties + lzma.compress(plain, lzma.FORMAT_RAW, filters=[spec])
    pieces = [plain[at : at + 4096] for at in range(0, len(plain), 4096)]
    held = b"".join(struct.pack("<I", zlib.crc32(piece)) + piece for piece in pieces)
    head = struct.pack("<IB", len(held), packed)
    return struct.pack("<I", zlib.crc32(head)) + head + held


def inno_setup(
    blocks: Mapping[str, bytes], *, version: str = "5.5.7", packed: bool = True, crc_lie: int = 0, header_lie: int = 0
) -> bytes:
    """Return a loader with its table, the version, the blocks and some bytes in the place of the files."""
    table = bytes(44)
    program = build_pe(PeSpec(is_dll=False, resources=(ResourceSpec(type=10, name=11111, language=0, size=44),)), 1)
    header = f"Inno Setup Setup Data ({version}) (u)".encode().ljust(64, b"\0")
    header += b"".join(block(plain, packed=packed) for plain in blocks.values())
    at, files = len(program), len(program) + len(header)
    numbers = (1, files + 32, 0, 0, 0, header_lie or at, files)
    table = MAGIC + struct.pack("<7I", *numbers)
    table += struct.pack("<I", zlib.crc32(table) ^ crc_lie)
    view = memoryview(program)
    [found] = read_resources(image(view, read_header(view))).resources
    program = program[: found.offset] + table + program[found.offset + len(table) :]
    return program + header + b"zlb\x1a" + b"inert " * 20
