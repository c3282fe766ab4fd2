"""Apple disk images for tests: one file system in zlib blocks, as `hdiutil -format UDZO` writes them."""

from __future__ import annotations

import plistlib
import struct
import zlib

SECTOR, BLOCK = 512, 256 << 10
ZLIB, RAW, END = 0x80000005, 1, 0xFFFFFFFF


def build_dmg(content: bytes, name: str = "disk image (Apple_HFS : 0)", *, packed: bool = True) -> bytes:
    """Return the image: blocks, the property list that names them, the trailer."""
    content += bytes(-len(content) % SECTOR)
    data, runs = b"", b""
    for at in range(0, len(content), BLOCK):
        piece = content[at : at + BLOCK]
        stored = zlib.compress(piece) if packed else piece
        place = (at // SECTOR, len(piece) // SECTOR, len(data), len(stored))
        runs += struct.pack(">II4Q", ZLIB if packed else RAW, 0, *place)
        data += stored
    sectors = len(content) // SECTOR
    runs += struct.pack(">II4Q", END, 0, sectors, 0, len(data), 0)
    checksum = struct.pack(">II", 2, 32) + struct.pack(">I", zlib.crc32(content)) + bytes(124)
    table = b"mish" + struct.pack(">IQQQII24x", 1, 0, sectors, 0, 520, 0) + checksum
    table += struct.pack(">I", len(runs) // 40) + runs
    entry = {"Attributes": "0x0050", "CFName": name, "Data": table, "ID": "0", "Name": name}
    listed = plistlib.dumps({"resource-fork": {"blkx": [entry]}})
    trailer = b"koly" + struct.pack(">III5Q", 4, 512, 1, 0, 0, len(data), 0, 0)
    trailer += (
        struct.pack(">II16x", 1, 1) + struct.pack(">II", 2, 32) + struct.pack(">I", zlib.crc32(data)) + bytes(124)
    )
    trailer += struct.pack(">QQ120x", len(data), len(listed))
    trailer += struct.pack(">II128x", 0, 0) + struct.pack(">IQ12x", 1, sectors)
    return data + listed + trailer
