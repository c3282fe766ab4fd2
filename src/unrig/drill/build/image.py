"""Images of drawn pixels, in six formats, with whatever can ride behind them or between their parts."""

from __future__ import annotations

import struct
import zlib
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from unrig.drill.build.payload import NOTHING, PayloadSpec, fill
from unrig.drill.build.seeds import stream

LARGEST_SIDE = 1024
_GIF_BITS = 7
_GIF_RUN = 100
"""Codes of 8 bits between two clear codes: fewer than would make them grow to 9 (GIF89a, appendix F)."""


class ImageKind(StrEnum):
    """The formats."""

    BMP = "bmp"
    GIF = "gif"
    ICO = "ico"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


class ImageSpec(Struct, frozen=True, kw_only=True):
    """One image. The default hides nothing."""

    kind: ImageKind = ImageKind.PNG
    width: int = 16
    height: int = 16
    count: int = 1
    """Frames of a GIF, images of an icon (PNG and bitmap in turns), scans of a JPEG."""
    trailing: PayloadSpec = NOTHING
    gap: PayloadSpec = NOTHING
    """Between the images of an icon, or a bitmap's headers and its pixels."""


def build_image(spec: ImageSpec, seed: int = 0) -> bytes:
    """Return the image; the same spec and seed give the same bytes.

    Raises:
        ValueError: a side or the count is out of bounds.
    """
    if not (0 < spec.width <= LARGEST_SIDE and 0 < spec.height <= LARGEST_SIDE and 0 < spec.count <= 256):
        raise ValueError(f"sides of 1 to {LARGEST_SIDE} and 1 to 256 images, not {spec}")
    build = {
        ImageKind.BMP: _bmp,
        ImageKind.GIF: _gif,
        ImageKind.ICO: _ico,
        ImageKind.JPEG: _jpeg,
        ImageKind.PNG: _png,
        ImageKind.WEBP: _webp,
    }[spec.kind]
    return build(spec, seed) + fill(seed, "image/trailing", spec.trailing)


def _png(spec: ImageSpec, seed: int) -> bytes:
    """Return a PNG of 8-bit greys (W3C PNG, section 5)."""
    pixels = stream(seed, "image/png", spec.width * spec.height)
    rows = b"".join(b"\0" + pixels[at : at + spec.width] for at in range(0, len(pixels), spec.width))
    header = struct.pack(">2I5B", spec.width, spec.height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"tEXt", b"Software\0unrig drill"), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _gif(spec: ImageSpec, seed: int) -> bytes:
    """Return a GIF of 128 greys whose codes are never compressed."""
    table = b"".join(bytes([2 * grey] * 3) for grey in range(128))
    data = b"GIF89a" + struct.pack("<2H3B", spec.width, spec.height, 0xF6, 0, 0) + table
    data += b"\x21\xfe" + _subblocks(b"unrig drill")
    for frame in range(spec.count):
        pixels = stream(seed, f"image/gif/{frame}", spec.width * spec.height)
        data += b"\x21\xf9" + _subblocks(b"\0\0\0\0")
        data += b"\x2c" + struct.pack("<4HB", 0, 0, spec.width, spec.height, 0)
        data += bytes([_GIF_BITS]) + _subblocks(_codes(bytes(pixel & 127 for pixel in pixels)))
    return data + b"\x3b"


def _codes(pixels: bytes) -> bytes:
    """Return pixels as codes of 8 bits, with clear codes between and the end code last."""
    clear, end = bytes([128]), bytes([129])
    runs = (pixels[at : at + _GIF_RUN] for at in range(0, len(pixels), _GIF_RUN))
    return b"".join(clear + run for run in runs) + end


def _subblocks(data: bytes) -> bytes:
    pieces = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def _jpeg(spec: ImageSpec, seed: int) -> bytes:
    """Return the segments of a JPEG (ITU-T T.81, B.2); its coded data is drawn, no decoder makes a picture of it."""
    frame = 0xC2 if spec.count > 1 else 0xC0
    data = b"\xff\xd8" + _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + _segment(0xFE, b"unrig drill")
    data += _segment(0xDB, bytes([0, *range(1, 65)]))
    data += _segment(frame, struct.pack(">B2H", 8, spec.height, spec.width) + b"\1\1\x11\0")
    data += _segment(0xC4, b"\0" + bytes([1] * 8 + [0] * 8) + bytes(range(8)))
    for scan in range(spec.count):
        drawn = stream(seed, f"image/jpeg/{scan}", spec.width * spec.height)
        coded = drawn.replace(b"\xff", b"\xff\0")  # B.1.1.5: stuffing
        data += _segment(0xDA, b"\1\1\0\0\x3f\0") + coded + b"\xff\xd0" + coded[:9]
    return data + b"\xff\xd9"


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">2BH", 0xFF, marker, len(data) + 2) + data


def _bmp(spec: ImageSpec, seed: int) -> bytes:
    """Return a BMP of 24 bits a pixel (BITMAPFILEHEADER, BITMAPINFOHEADER)."""
    pixels = _pixels(spec, seed, "bmp", 24)
    gap = fill(seed, "image/gap", spec.gap)
    start = 54 + len(gap)
    header = struct.pack("<3I2H6I", 40, spec.width, spec.height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<3I", start + len(pixels), 0, start) + header + gap + pixels


def _pixels(spec: ImageSpec, seed: int, label: str, bits: int) -> bytes:
    stride = (spec.width * bits + 31) // 32 * 4
    return stream(seed, f"image/{label}", stride * spec.height)


def _webp(spec: ImageSpec, seed: int) -> bytes:
    """Return the chunks of a WebP (RFC 9649); its pixels are drawn, no decoder makes a picture of them."""
    bits = (spec.width - 1) | (spec.height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + stream(seed, "image/webp", spec.width * spec.height | 1)
    riff = b"WEBP" + b"VP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(riff)) + riff


def _ico(spec: ImageSpec, seed: int) -> bytes:
    """Return an icon of several images, PNG and bitmap in turns (ICONDIR, ICONDIRENTRY)."""
    images = [_in_icon(spec, seed + index, index) for index in range(spec.count)]
    gap = fill(seed, "image/gap", spec.gap)
    starts = [6 + 16 * len(images)]
    for image in images:
        starts.append(starts[-1] + len(image) + len(gap))
    side = (spec.width % 256, spec.height % 256)
    rows = (
        struct.pack("<4B2H2I", *side, 0, 0, 1, 32, len(image), start)
        for image, (start, _) in zip(images, pairwise(starts), strict=True)
    )
    return struct.pack("<3H", 0, 1, len(images)) + b"".join(rows) + gap.join(images)


def _in_icon(spec: ImageSpec, seed: int, index: int) -> bytes:
    """Return a PNG, or a bitmap without file header whose mask of bits follows its pixels."""
    if index % 2 == 0:
        return _png(spec, seed)
    mask = _pixels(spec, seed, "mask", 1)
    header = struct.pack("<3I2H6I", 40, spec.width, 2 * spec.height, 1, 32, 0, 0, 0, 0, 0, 0)
    return header + _pixels(spec, seed, "ico", 32) + mask
