"""Where a BMP ends: behind its pixels or its color profile (Microsoft: BITMAPFILEHEADER, BITMAPINFOHEADER, V5)."""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.formats.image_picture import Picture
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError

CORE, INFO, V5 = 12, 40, 124
"""Sizes of the headers."""
SIZES = frozenset({CORE, 16, INFO, 52, 56, 64, 108, V5})
BITFIELDS, ALPHA_BITFIELDS = 3, 6  # further masks follow a header of 40 bytes
UNCOMPRESSED = frozenset({0, BITFIELDS, ALPHA_BITFIELDS})
DEPTHS = frozenset({0, 1, 2, 4, 8, 16, 24, 32, 64})
PROFILE_EMBEDDED = 0x4D424544  # bV5CSType 'MBED'
ALIGNMENT = 4
MAX_SIDE = 1 << 24


class Bitmap(Struct, frozen=True, kw_only=True):
    """A bitmap header, as BMP files and icons have it."""

    header: int
    width: int
    height: int
    bits: int
    compression: int
    image_size: int
    colors: int
    """Bytes of masks and palette behind the header."""

    @property
    def pixels(self) -> int:
        """Bytes of the pixels; rows are padded to 4 bytes."""
        if self.compression in UNCOMPRESSED:
            return stride(self.width, self.bits) * self.height
        return self.image_size


def stride(width: int, bits: int) -> int:
    """Return the bytes of a row."""
    return (width * bits + 31) // 32 * ALIGNMENT


def read_bitmap(data: memoryview, at: int) -> Bitmap:
    """Return the bitmap header at an offset. Raises FormatError where none stands there."""
    if at + CORE > len(data):
        raise FormatError("bitmap", "a header", "the end of the data")
    size = int.from_bytes(data[at : at + 4], "little")
    if size not in SIZES or at + size > len(data):
        raise FormatError("bitmap", f"a header of one of {sorted(SIZES)} bytes", str(size))
    if size == CORE:
        width, height, _, bits = struct.unpack_from("<4H", data, at + 4)
        return _checked(
            Bitmap(
                header=size,
                width=width,
                height=height,
                bits=bits,
                compression=0,
                image_size=0,
                colors=3 << bits if bits <= 8 else 0,
            )
        )
    width, height, _, bits = struct.unpack_from("<2i2H", data, at + 4)
    compression, image_size, used = 0, 0, 0
    if size >= INFO:
        compression, image_size, _, _, used = struct.unpack_from("<2I2iI", data, at + 16)
    palette = 4 * (min(used, 256) or (1 << bits if 0 < bits <= 8 else 0))
    masks = {BITFIELDS: 12, ALPHA_BITFIELDS: 16}.get(compression, 0) if size == INFO else 0
    return _checked(
        Bitmap(
            header=size,
            width=width,
            height=abs(height),
            bits=bits,
            compression=compression,
            image_size=image_size,
            colors=palette + masks,
        )
    )


def _checked(bitmap: Bitmap) -> Bitmap:
    if bitmap.bits not in DEPTHS or not 0 < bitmap.width < MAX_SIDE or not 0 < bitmap.height < MAX_SIDE:
        raise FormatError("bitmap", "width, height and bits a pixel", f"{bitmap.width}, {bitmap.height}, {bitmap.bits}")
    return bitmap


def read(data: memoryview) -> Picture:
    """Return the BMP at the start of the data. Raises FormatError where there is none."""
    if len(data) < 26 or bytes(data[:2]) != b"BM":
        raise FormatError("BMP", "a file header", bytes(data[:14]).hex())
    declared, _, offset = struct.unpack_from("<3I", data, 2)
    bitmap = read_bitmap(data, 14)
    start = 14 + bitmap.header + bitmap.colors
    end = offset + bitmap.pixels
    damage = []
    if offset < 14 + bitmap.header or end > len(data):
        damage.append(f"pixels: inside the file, {offset}+{bitmap.pixels}")
        end = len(data)
    end = max(end, _profile_end(data, bitmap))
    if declared not in range(end, end + ALIGNMENT) and declared != len(data):
        damage.append(f"size: {end}, {declared} declared")
    gaps = (Stretch(offset=start, length=offset - start, what="gap"),) if start < offset < end else ()
    return Picture(end=end, width=bitmap.width, height=bitmap.height, gaps=gaps, damaged=tuple(damage))


def _profile_end(data: memoryview, bitmap: Bitmap) -> int:
    """Return where an embedded color profile ends, 0 where there is none (BITMAPV5HEADER)."""
    if bitmap.header < V5 or int.from_bytes(data[14 + 56 : 14 + 60], "little") != PROFILE_EMBEDDED:
        return 0
    offset, size = struct.unpack_from("<2I", data, 14 + 112)
    end: int = 14 + offset + size
    return end if end <= len(data) else 0
