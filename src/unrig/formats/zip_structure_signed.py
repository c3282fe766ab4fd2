"""What signers of apk and crx files put around a zip, and what else may stand in the same places.

Android, "APK Signature Scheme v2" (the block's ID-value pairs; apksig's constants); Chromium, crx_file/crx3.proto and
"CRX Package Format" (version 2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from unrig.formats.zip_structure_parts import Stretch

KNOWN_PAIRS = frozenset(
    {
        *(0x7109871A, 0xF05368C0, 0x1B93AD61, 0xF05368C1),  # schemes 2, 3, 3.1 and its predecessor
        *(
            0x42726577,
            0x504B4453,
            0x2B09189E,
            0x6DFF800D,
            0x2146444E,
        ),  # padding, dependencies, source stamps, Play's own
    }
)
PADDING = 0x42726577
"""Verity padding: zeros, so that the block fills pages."""
MAX_PAIRS = 256
CRX = b"Cr24"
LARGEST_CRX = 1 << 20
"""Bytes of a header; keys and signatures have some thousand."""


def foreign_pairs(data: memoryview, block: Stretch) -> Iterator[Stretch]:
    """Yield the values of pairs that no signer writes, padding that is none, and what behind the pairs fits no pair."""
    at, end = block.offset + 8, block.end - 24
    for _ in range(MAX_PAIRS):
        if at + 12 > end:
            break
        length, kind = struct.unpack_from("<QI", data, at)
        if length < 4 or at + 8 + length > end:
            break
        value = Stretch(offset=at + 12, length=length - 4, what=f"APK Signing Block, pair {kind:#010x}")
        if kind not in KNOWN_PAIRS or (kind == PADDING and any(bytes(data[value.offset : value.end]).strip(b"\0"))):
            yield value
        at += 8 + length
    if at < end:
        yield Stretch(offset=at, length=end - at, what="APK Signing Block, no pair")


def crx_header(data: memoryview, first: int) -> Stretch | None:
    """Return the header of a browser's extension that reaches to the first member, None where none does."""
    if not 16 <= first <= len(data) or bytes(data[:4]) != CRX:
        return None
    version, one, two = struct.unpack_from("<3I", data, 4)
    length = 12 + one if version == 3 else 16 + one + two if version == 2 else 0
    return Stretch(offset=0, length=length, what="CRX header") if length == first <= LARGEST_CRX else None
