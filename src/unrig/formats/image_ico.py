"""Where an icon ends: behind the last of its images, each a PNG or a bitmap (ICONDIR, ICONDIRENTRY).

"Icons" (Microsoft Learn, 1995) and "The evolution of the ICO file format" (R. Chen, 2010). A bitmap in an icon has no
file header; its height counts the mask in, a row of bits for each row of pixels.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats import image_png
from unrig.formats.image_bmp import read_bitmap, stride
from unrig.formats.image_picture import Picture
from unrig.formats.zip_structure_map import lay_out
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError

MAX_IMAGES = 1024  # real ones have 1 to 20; the directory could name 65,535
MAX_DAMAGE = 16
_ENTRY = struct.Struct("<4B2H2I")


class _Image(Struct, frozen=True, kw_only=True):
    """One entry of the directory, and where its image really ends."""

    place: Stretch
    end: int
    width: int
    height: int
    damage: str = ""


def read(data: memoryview) -> Picture:
    """Return the icon at the start of the data. Raises FormatError where there is none."""
    if len(data) < 6 or bytes(data[:4]) not in {b"\0\0\1\0", b"\0\0\2\0"}:
        raise FormatError("ICO", "a directory of icons or cursors", bytes(data[:6]).hex())
    count = int.from_bytes(data[4:6], "little")
    table = Stretch(offset=0, length=6 + _ENTRY.size * count, what="directory")
    if not count or table.end > len(data):
        raise FormatError("ICO", f"{max(1, count)} entries of {_ENTRY.size} bytes", f"{len(data) - 6} bytes")
    images = list(_images(data, min(count, MAX_IMAGES)))
    claims = {(image.place.offset, image.end) for image in images}
    layout = lay_out([table, *(Stretch(offset=at, length=end - at, what="image") for at, end in claims)], len(data))
    damage = [image.damage for image in images if image.damage][:MAX_DAMAGE]
    if count > MAX_IMAGES:
        damage.append(f"directory: at most {MAX_IMAGES} images, {count}")
    if layout.overlapping:
        damage.append(f"directory: images of their own bytes, {len(layout.overlapping)} that share some")
    known = count <= MAX_IMAGES
    largest = max(images, key=lambda image: image.width * image.height)
    return Picture(
        end=layout.trailing.offset if layout.trailing and known else len(data),
        width=largest.width,
        height=largest.height,
        count=count,
        gaps=layout.gaps if known else (),
        damaged=tuple(damage),
    )


def _images(data: memoryview, count: int) -> Iterator[_Image]:
    """Yield the images; equal ones are read once, so that a directory of one image many times costs no more."""
    seen: dict[tuple[int, int], _Image] = {}
    for index in range(count):
        *_, size, offset = _ENTRY.unpack_from(data, 6 + _ENTRY.size * index)
        if (offset, size) not in seen:
            seen[offset, size] = _image(data, index, offset, size)
        yield seen[offset, size]


def _image(data: memoryview, index: int, offset: int, size: int) -> _Image:
    """Return one image; where it cannot be read, all that the directory gives it is its own."""
    start, stop = min(offset, len(data)), min(offset + size, len(data))
    place = Stretch(offset=start, length=stop - start, what="image")
    try:
        if bytes(data[start : start + 8]) == image_png.SIGNATURE:
            png = image_png.read(data, start, stop)
            damage = f"image {index}: {png.damaged[0]}" if png.damaged else ""
            return _Image(place=place, end=png.end, width=png.width, height=png.height, damage=damage)
        bitmap = read_bitmap(data[:stop], start)
    except FormatError as error:
        damage = f"image {index}: {error.expected}, {error.observed}"
        return _Image(place=place, end=stop, width=0, height=0, damage=damage)
    rows = bitmap.height // 2
    end = start + bitmap.header + bitmap.colors + stride(bitmap.width, bitmap.bits) * rows
    masked = end + stride(bitmap.width, 1) * rows
    if end > stop:
        damage = f"image {index}: {end - start} bytes of pixels, {stop - start}"
        return _Image(place=place, end=stop, width=bitmap.width, height=rows, damage=damage)
    return _Image(place=place, end=min(masked, stop), width=bitmap.width, height=rows)
