"""Where the two descriptions of a zip member disagree: readers that trust one see another archive than the others."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from unrig.formats.zip_structure_parts import (
    DESCRIPTOR_SIGNATURE,
    SATURATED_32,
    Central,
    Local,
    Stretch,
    extra_blocks,
)
from unrig.model.paths import label

ENCRYPTED = 1 << 0
HAS_DESCRIPTOR = 1 << 3
STRONG_ENCRYPTION = 1 << 6
UTF8 = 1 << 11
UNICODE_PATH = "0x7075"

# APPNOTE 4.5.2 and 4.6.1, Info-ZIP's extrafld.txt, Android's zipalign (0xd935), JDK's jar mark (0xcafe),
# Microsoft's OPC growth hint (0xa220), WinZip AES (0x9901)
KNOWN_EXTRA = frozenset(
    f"{header_id:#06x}"
    for header_id in (
        *(0x0001, 0x0007, 0x0008, 0x0009, 0x000A, 0x000C, 0x000D, 0x000E, 0x000F),
        *(0x0014, 0x0015, 0x0016, 0x0017, 0x0018, 0x0019, 0x0020, 0x0021, 0x0022, 0x0023, 0x0065, 0x0066),
        *(0x07C8, 0x2605, 0x2705, 0x2805, 0x334D, 0x4341, 0x4453, 0x4704, 0x470F, 0x4B46, 0x4C41, 0x4D49),
        *(0x4F4C, 0x5356, 0x5455, 0x554E, 0x5855, 0x6375, 0x6542, 0x6C78, 0x7075, 0x7441, 0x756E, 0x7855),
        *(0x7875, 0x9901, 0x9902, 0xA11E, 0xA220, 0xCAFE, 0xD935, 0xE57A, 0xFB4A, 0xFD4A),
    )
)


def local_notes(central: Central, local: Local) -> Iterator[str]:
    """Yield each field that differs, as `field: local, directory`. Sizes that a data descriptor carries may be zero."""
    if local.name != central.name:
        yield f"name: {label(local.name)}, {label(central.name)}"
    if local.method != central.method:
        yield f"method: {local.method}, {central.method}"
    mask = ENCRYPTED | STRONG_ENCRYPTION | (0 if central.name.isascii() else UTF8)
    if (local.flags ^ central.flags) & mask:
        yield f"flags: {local.flags:#06x}, {central.flags:#06x}"
    deferred = bool(local.flags & HAS_DESCRIPTOR)
    for field, here, there in (
        ("crc32", local.crc32, central.crc32),
        ("compressed size", local.compressed_size, central.compressed_size),
        ("size", local.size, central.size),
    ):
        blank = deferred and (here == 0 or (here == SATURATED_32 and local.saturated))
        if here != there and not blank:
            yield f"{field}: {here:#x}, {there:#x}"


def unicode_notes(data: memoryview, name: bytes, extra: Stretch) -> Iterator[str]:
    """Yield a note where Info-ZIP's Unicode Path field names something else (APPNOTE 4.6.9)."""
    for block in extra_blocks(data, extra):
        if block.what == UNICODE_PATH and block.length > 5:
            other = bytes(data[block.offset + 5 : block.end])
            if other != name and name.isascii():
                yield f"name: {label(other)} in the Unicode path field, {label(name)}"


def foreign_extra(data: memoryview, extra: Stretch) -> Iterator[Stretch]:
    """Yield the blocks of an extra field that no registered ID explains and that hold more than zeros."""
    for block in extra_blocks(data, extra) if extra.length else ():
        if block.what not in KNOWN_EXTRA and any(data[block.offset : block.end]):
            yield Stretch(offset=block.offset, length=block.length, what=f"extra field {block.what}")


def descriptor_length(data: memoryview, at: int, central: Central) -> int | None:
    """Return the length of the data descriptor at an offset (APPNOTE 4.3.9), None where none tells these sizes."""
    for signature in (DESCRIPTOR_SIGNATURE, b""):
        start = at + len(signature)
        if bytes(data[at:start]) != signature:
            continue
        for form in ("<LLL", "<LQQ"):
            length = struct.calcsize(form)
            if start + length > len(data):
                continue
            if struct.unpack_from(form, data, start) == (central.crc32, central.compressed_size, central.size):
                return len(signature) + length
    return None
