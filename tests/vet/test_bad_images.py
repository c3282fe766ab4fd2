"""Images whose structure lies: each is named as damaged, none costs more than its bytes."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from vet_kit import judged

from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.sandbox.pool import Pool


def image(kind: ImageKind) -> bytes:
    return build_image(ImageSpec(kind=kind))


def patched(data: bytes, at: int, layout: str, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, at, *values)
    return bytes(changed)


def lying() -> dict[str, bytes]:
    entry = struct.pack("<4B2H2I", 0, 0, 0, 0, 1, 32, 0xFFFFFFFF, 22)
    bitmap = struct.pack("<IiiHHIIiiII", 40, 100_000, 200_000, 1, 32, 0, 0, 0, 0, 0, 0)
    same = struct.pack("<4B2H2I", 0, 0, 0, 0, 1, 32, len(bitmap), 6 + 16 * 2000)
    png, gif = image(ImageKind.PNG), image(ImageKind.GIF)
    jpeg, webp = image(ImageKind.JPEG), image(ImageKind.WEBP)
    text = struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    return {
        "65535-images.ico": struct.pack("<3H", 0, 1, 65535) + entry * 65535,
        "10-megapixels.ico": struct.pack("<3H", 0, 1, 2000) + same * 2000 + bitmap,
        "more-entries.ico": struct.pack("<3H", 0, 1, 9000) + entry * 3,
        "chunk.png": png[:33] + struct.pack(">I", 0xFFFFFFFF) + b"IDAT" + png[41:],
        "no-header.png": png[:8] + b"\0\0\0\4IDAT" + png[16:],
        "chunks.png": png[:33] + text * 300_000 + png[33:],
        "pixels.png": patched(png, 16, ">II", 0x7FFFFFFF, 0x7FFFFFFF),
        "endless.gif": gif[:397] + b"\x2c" + bytes(9) + b"\x07" + b"\x01a" * 300_000,
        "cut.gif": gif[:-1],
        "riff.webp": patched(webp, 4, "<I", 0xFFFFFFF0),
        "chunk.webp": patched(webp, 16, "<I", 0xFFFFFFF0),
        "segments.jpg": jpeg[:2] + b"\xff\xe1\x00\x02" * 200_000 + jpeg[2:],
        "no-end.jpg": jpeg[:-2],
        "size.bmp": patched(image(ImageKind.BMP), 2, "<I", 0xFFFFFFF0),
    }


def test_images_that_lie(tmp_path: Path, cache: Path, pool: Pool) -> None:
    said = judged(tmp_path, lying(), cache, pool)
    assert [name for name, lines in said.items() if not any(line.startswith("damaged") for line in lines)] == []


@pytest.mark.parametrize("kind", list(ImageKind))
def test_whole_images_are_none_of_these(tmp_path: Path, cache: Path, pool: Pool, kind: ImageKind) -> None:
    assert judged(tmp_path, {"whole": image(kind)}, cache, pool) == {"whole": []}
