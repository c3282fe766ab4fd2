"""What a zip is made of: the records of APPNOTE.TXT 6.3.10 as values, and where each stands in the file."""

from __future__ import annotations

import struct

from msgspec import Struct

SATURATED_16 = 0xFFFF
SATURATED_32 = 0xFFFFFFFF  # APPNOTE 4.4.1.4: the value stands in a zip64 record instead
ZIP64_EXTRA = 0x0001

LOCAL_SIGNATURE = b"PK\3\4"
CENTRAL_SIGNATURE = b"PK\1\2"
DESCRIPTOR_SIGNATURE = b"PK\7\x08"

_CENTRAL = struct.Struct("<4s6H3L5H2L")  # APPNOTE 4.3.12
_LOCAL = struct.Struct("<4s5H3L2H")  # APPNOTE 4.3.7
_EXTRA = struct.Struct("<HH")  # APPNOTE 4.5.1


class Stretch(Struct, frozen=True, kw_only=True):
    """A range of the file and what stands there."""

    offset: int
    length: int
    what: str

    @property
    def end(self) -> int:
        """Offset of the first byte after it."""
        return self.offset + self.length


class Local(Struct, frozen=True, kw_only=True):
    """A local file header; sizes are those of its zip64 extra where saturated."""

    offset: int
    name: bytes
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    extra: Stretch
    data_offset: int
    saturated: bool
    """A size is 0xFFFFFFFF and no zip64 extra field resolves it."""


class Central(Struct, frozen=True, kw_only=True):
    """A central directory header; sizes and offset are those of its zip64 extra where saturated."""

    offset: int
    end: int
    made_by: int
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    attributes: int
    """External file attributes."""
    local_offset: int
    """As declared, counted from the archive's own start."""
    name: bytes
    extra: Stretch
    comment: Stretch


def read_local(data: memoryview, offset: int) -> Local | None:
    """Return the local header at an offset, None where no whole one stands there."""
    if offset < 0 or offset + _LOCAL.size > len(data):
        return None
    signature, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(data, offset)
    name_at = offset + _LOCAL.size
    extra_at = name_at + name_length
    if signature != LOCAL_SIGNATURE or extra_at + extra_length > len(data):
        return None
    wide = _zip64(data, extra_at, extra_length)
    saturated = SATURATED_32 in (size, packed) and not wide
    size = _widen(wide, size)
    packed = _widen(wide, packed)
    return Local(
        offset=offset,
        name=bytes(data[name_at:extra_at]),
        flags=flags,
        method=method,
        crc32=crc,
        compressed_size=packed,
        size=size,
        extra=Stretch(offset=extra_at, length=extra_length, what="local extra field"),
        data_offset=extra_at + extra_length,
        saturated=saturated,
    )


def read_central(data: memoryview, offset: int, limit: int) -> Central | None:
    """Return the central header at an offset, None where no whole one stands before `limit`."""
    if offset < 0 or offset + _CENTRAL.size > limit:
        return None
    row = _CENTRAL.unpack_from(data, offset)
    signature, made_by, _, flags, method, _, _, crc, packed, size, *lengths, _, _, attributes, local = row
    name_at = offset + _CENTRAL.size
    extra_at = name_at + lengths[0]
    comment_at = extra_at + lengths[1]
    end = comment_at + lengths[2]
    if signature != CENTRAL_SIGNATURE or end > limit:
        return None
    wide = _zip64(data, extra_at, lengths[1])
    size = _widen(wide, size)  # APPNOTE 4.5.3: in this order, each only if saturated
    packed = _widen(wide, packed)
    local = _widen(wide, local)
    return Central(
        offset=offset,
        end=end,
        made_by=made_by,
        flags=flags,
        method=method,
        crc32=crc,
        compressed_size=packed,
        size=size,
        attributes=attributes,
        local_offset=local,
        name=bytes(data[name_at:extra_at]),
        extra=Stretch(offset=extra_at, length=lengths[1], what="central extra field"),
        comment=Stretch(offset=comment_at, length=lengths[2], what="member comment"),
    )


def extra_blocks(data: memoryview, field: Stretch) -> list[Stretch]:
    """Return the blocks of an extra field, each named by its header ID in hex; `tail` for bytes that are no block."""
    blocks: list[Stretch] = []
    at = field.offset
    while at + _EXTRA.size <= field.end:
        header_id, length = _EXTRA.unpack_from(data, at)
        if at + _EXTRA.size + length > field.end:
            break
        blocks.append(Stretch(offset=at + _EXTRA.size, length=length, what=f"{header_id:#06x}"))
        at += _EXTRA.size + length
    if at < field.end:
        blocks.append(Stretch(offset=at, length=field.end - at, what="tail"))
    return blocks


def _zip64(data: memoryview, offset: int, length: int) -> list[int]:
    """Return the 64-bit values of the zip64 extra field, in their order; empty where there is none."""
    if not length:
        return []
    name = f"{ZIP64_EXTRA:#06x}"
    for block in extra_blocks(data, Stretch(offset=offset, length=length, what="")):
        if block.what == name:
            count = min(block.length // 8, 3)
            return list(struct.unpack_from(f"<{count}Q", data, block.offset))
    return []


def _widen(wide: list[int], value: int) -> int:
    """Return the next zip64 value where the 32-bit one is saturated."""
    return wide.pop(0) if value == SATURATED_32 and wide else value
