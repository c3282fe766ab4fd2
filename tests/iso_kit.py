"""Disc images with an ISO 9660 tree and a Joliet tree, each of one folder, made for tests."""

from __future__ import annotations

import struct

SECTOR = 2048


def record(name: bytes, start: int, size: int, *, flags: int = 0) -> bytes:
    """Return a directory record (ECMA-119 9.1)."""
    both = struct.pack("<I", start) + struct.pack(">I", start) + struct.pack("<I", size) + struct.pack(">I", size)
    row = bytes(1) + both + bytes(7) + bytes([flags]) + bytes(6) + bytes([len(name)]) + name
    return bytes([len(row) + 1 + (len(row) + 1) % 2]) + row + bytes((len(row) + 1) % 2)


def image(plain: dict[str, tuple[int, int]], joliet: dict[str, tuple[int, int]], *, escape: bytes = b"%/E") -> bytes:
    """Return an image: first sector and size of each file, by the names of either tree."""
    made = bytearray(30 * SECTOR)
    for number, (kind, folder, files) in enumerate(((1, 20, plain), (2, 21, joliet))):
        at = (16 + number) * SECTOR
        made[at : at + 7] = bytes([kind]) + b"CD001\1"
        if kind == 2:
            made[at + 88 : at + 88 + len(escape)] = escape
        root = record(b"\0", folder, SECTOR, flags=2)
        made[at + 156 : at + 156 + len(root)] = root
        rows = root + record(b"\1", folder, SECTOR, flags=2)
        rows += b"".join(record(name.encode("utf-16-be"), *extent) for name, extent in files.items())
        made[folder * SECTOR : folder * SECTOR + len(rows)] = rows
    made[18 * SECTOR : 18 * SECTOR + 7] = b"\xffCD001\1"
    return bytes(made)
