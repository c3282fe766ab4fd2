"""Where a JPEG ends: behind the EOI of its last picture (ITU-T T.81, annex B).

A file may hold further pictures behind the first one, which an MPF segment lists (CIPA DC-007): cameras put previews
there. Their places are counted in; other bytes behind EOI are not.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from unrig.formats.image_picture import Picture
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError

SOI, EOI, SOS, APP2 = 0xD8, 0xD9, 0xDA, 0xE2
BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and restarts: no length follows
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # SOF0 to SOF15
MARKER = re.compile(rb"\xff++[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""A marker, behind any number of fill bytes (B.1.1.2)."""
CODED_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""What ends entropy-coded data: any marker but a restart (B.1.1.5)."""
MAX_SEGMENTS = 1 << 16
MAX_PICTURES = 64
MPF = b"MPF\0"
MP_ENTRY_TAG = 0xB002  # CIPA DC-007, 5.2.3.3


def read(data: memoryview) -> Picture:
    """Return the JPEG at the start of the data. Raises FormatError where there is none."""
    first = _picture(data, 0)
    pictures = [first]
    gaps: list[Stretch] = []
    if not first.damaged:
        for start in sorted(set(_further(data))):
            end = pictures[-1].end
            if end <= start < len(data) and bytes(data[start : start + 2]) == b"\xff\xd8":
                pictures.append(_picture(data, start))
                gaps += [Stretch(offset=end, length=start - end, what="gap")] if start > end else []
    return Picture(
        end=pictures[-1].end,
        width=first.width,
        height=first.height,
        count=len(pictures),
        gaps=tuple(gaps),
        damaged=tuple(damage for picture in pictures for damage in picture.damaged),
    )


def _picture(data: memoryview, start: int) -> Picture:
    """Return one picture from SOI to EOI."""
    if bytes(data[start : start + 3]) != b"\xff\xd8\xff":
        raise FormatError("JPEG", "SOI and a marker", bytes(data[start : start + 3]).hex())
    at, size = start + 2, (0, 0)
    for _ in range(MAX_SEGMENTS):
        found = MARKER.match(data, at)
        if found is None:
            return _lost(data, at, "a marker", size)
        marker = data[found.end() - 1]
        if marker == EOI:
            return Picture(end=found.end(), width=size[0], height=size[1])
        at = found.end()
        if marker in BARE:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            return _lost(data, at, "a segment that lies in the file", size)
        if marker in FRAMES and length >= 7:
            height, width = struct.unpack_from(">2H", data, at + 3)
            size = (width, height)
        at += length
        if marker == SOS:
            behind = CODED_END.search(data, at)
            if behind is None:
                return _lost(data, at, "EOI", size)
            at = behind.start()
    return _lost(data, at, f"at most {MAX_SEGMENTS} segments", size)


def _lost(data: memoryview, at: int, expected: str, size: tuple[int, int]) -> Picture:
    observed = bytes(data[at : at + 4]).hex() or "the end of the data"
    return Picture(end=len(data), width=size[0], height=size[1], damaged=(f"{at:#x}: {expected}, {observed}",))


def _further(data: memoryview) -> Iterator[int]:
    """Yield where further pictures begin, as the first MPF segment lists them (CIPA DC-007 5.2)."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] in {SOS, EOI}:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == APP2 and bytes(data[at + 4 : at + 8]) == MPF:
            yield from _listed(data[at + 8 : at + 2 + length], at + 8)
            return
        at += 2 + length


def _listed(index: memoryview, base: int) -> Iterator[int]:
    """Yield the places in an MP index, a TIFF directory whose offsets count from its own start."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(index[:2]))
    if order is None or len(index) < 10:
        return
    directory = struct.unpack_from(f"{order}I", index, 4)[0]
    if directory + 2 > len(index):
        return
    count = struct.unpack_from(f"{order}H", index, directory)[0]
    for row in range(directory + 2, min(directory + 2 + 12 * count, len(index) - 11), 12):
        tag, _, size, offset = struct.unpack_from(f"{order}2H2I", index, row)
        if tag == MP_ENTRY_TAG:
            for entry in range(offset, min(offset + min(size, 16 * MAX_PICTURES), len(index) - 15), 16):
                place = struct.unpack_from(f"{order}I", index, entry + 8)[0]
                if place:  # the first picture's is 0
                    yield base + place
            return
