"""A zip whose directory is lost: its members by their local headers alone, one after the other.

This is how streaming readers see any zip (APPNOTE.TXT 4.3.6). It ends at the first member whose size only its data
descriptor tells and whose descriptor carries no signature.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from unrig.formats.zip_structure_notes import HAS_DESCRIPTOR
from unrig.formats.zip_structure_parts import DESCRIPTOR_SIGNATURE, Central, Local, Stretch, read_local

STEP = 1 << 16  # read again for each member: small
MAX_TRIES = 64  # a signature inside compressed data is rare, many are an attack


def scan(data: memoryview, limit: int) -> Iterator[Central]:
    """Yield what the directory would say of each member from the file's start on, at most `limit` of them."""
    at = 0
    for _ in range(limit):
        local = read_local(data, at)
        if local is None:
            return
        if not local.flags & HAS_DESCRIPTOR or local.compressed_size:
            yield _central(local, local.crc32, local.compressed_size, local.size)
            at = local.data_offset + local.compressed_size
            continue
        found = _descriptor(data, local)
        if found is None:
            yield _central(local, local.crc32, len(data) - local.data_offset, local.size)
            return
        crc, packed, size = struct.unpack_from("<LLL", data, found + 4)
        yield _central(local, crc, packed, size)
        at = found + 16


def _descriptor(data: memoryview, local: Local) -> int | None:
    """Return where the data descriptor stands whose compressed size is its distance from the data."""
    at = _find(data, local.data_offset)
    for _ in range(MAX_TRIES):
        if at < 0 or at + 16 > len(data):
            return None
        if struct.unpack_from("<L", data, at + 8)[0] == at - local.data_offset:
            return at
        at = _find(data, at + 4)
    return None


def _find(data: memoryview, start: int) -> int:
    """Return where the descriptor's signature stands at or after an offset, -1 where nowhere."""
    for base in range(start, len(data), STEP):
        at = bytes(data[base : base + STEP + len(DESCRIPTOR_SIGNATURE) - 1]).find(DESCRIPTOR_SIGNATURE)
        if at >= 0:
            return base + at
    return -1


def _central(local: Local, crc32: int, compressed_size: int, size: int) -> Central:
    """Return a directory entry made of a local header."""
    nothing = Stretch(offset=local.offset, length=0, what="")
    return Central(
        offset=local.offset,
        end=local.data_offset,
        made_by=0,
        flags=local.flags,
        method=local.method,
        crc32=crc32,
        compressed_size=compressed_size,
        size=size,
        attributes=0,
        local_offset=local.offset,
        name=local.name,
        extra=nothing,
        comment=nothing,
    )
