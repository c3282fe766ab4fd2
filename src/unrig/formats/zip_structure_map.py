"""Which bytes of a file its structures account for: prefix, gaps, trailing bytes and overlaps."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from msgspec import Struct

from unrig.formats.zip_structure_parts import Stretch

APK_MAGIC = b"APK Sig Block 42"  # Android, APK Signature Scheme v2, "APK Signing Block"


class Layout(Struct, frozen=True, kw_only=True):
    """The ranges that no structure accounts for, and the structures that claim the same bytes."""

    prefix: Stretch | None = None
    gaps: tuple[Stretch, ...] = ()
    trailing: Stretch | None = None
    overlapping: frozenset[int] = frozenset()
    """Positions, in the list given, of those that share bytes with another."""


def lay_out(claims: Iterable[Stretch], size: int) -> Layout:
    """Return what is left of a file of `size` bytes once every claim is taken out."""
    order = sorted(enumerate(claims), key=lambda item: (item[1].offset, item[1].end))
    gaps: list[Stretch] = []
    overlapping: set[int] = set()
    prefix: Stretch | None = None
    reached, owner = 0, -1
    for index, claim in order:
        if claim.length <= 0:
            continue
        if claim.offset > reached:
            free = Stretch(offset=reached, length=claim.offset - reached, what="gap")
            if owner < 0:
                prefix = free
            else:
                gaps.append(free)
        elif claim.offset < reached:
            overlapping |= {index, owner}
        if claim.end > reached:
            reached, owner = claim.end, index
    rest = Stretch(offset=reached, length=size - reached, what="trailing") if reached < size else None
    return Layout(prefix=prefix, gaps=tuple(gaps), trailing=rest, overlapping=frozenset(overlapping))


def signing_block(data: memoryview, directory: int) -> Stretch | None:
    """Return the APK Signing Block right before the central directory, None where none stands there."""
    if directory < 32 or bytes(data[directory - 16 : directory]) != APK_MAGIC:
        return None
    length: int = struct.unpack_from("<Q", data, directory - 24)[0] + 8
    start = directory - length
    if start < 0 or struct.unpack_from("<Q", data, start)[0] != length - 8:
        return None
    return Stretch(offset=start, length=length, what="APK Signing Block")


def between_directory_and_end(data: memoryview, start: int, limit: int) -> Stretch | None:
    """Return the digital signature record after the central headers (APPNOTE 4.3.13), if one stands there."""
    if start + 6 > limit or bytes(data[start : start + 4]) != b"PK\5\5":
        return None
    length: int = 6 + struct.unpack_from("<H", data, start + 4)[0]
    return Stretch(offset=start, length=length, what="digital signature") if start + length <= limit else None


def spanning_marker(data: memoryview, first: int) -> Stretch | None:
    """Return the marker of a split archive in front of the first local header (APPNOTE 8.5.3 and 8.5.4)."""
    if first == 4 and bytes(data[:4]) in {b"PK\7\x08", b"PK00"}:
        return Stretch(offset=0, length=4, what="spanning marker")
    return None
