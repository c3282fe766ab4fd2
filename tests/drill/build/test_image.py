"""Images as written: deterministic, bounded, and what rides in them inert (readers are in tests/formats)."""

from __future__ import annotations

import struct
import zlib

import pytest

from unrig.drill.build.image import LARGEST_SIDE, ImageKind, ImageSpec, build_image
from unrig.drill.build.payload import MARKER, PayloadSpec

MAGIC = {
    ImageKind.BMP: b"BM",
    ImageKind.GIF: b"GIF89a",
    ImageKind.ICO: b"\0\0\1\0",
    ImageKind.JPEG: b"\xff\xd8\xff",
    ImageKind.PNG: b"\x89PNG\r\n\x1a\n",
    ImageKind.WEBP: b"RIFF",
}


@pytest.mark.parametrize("kind", ImageKind)
def test_the_same_spec_and_seed_give_the_same_bytes(kind: ImageKind) -> None:
    spec = ImageSpec(kind=kind, count=2, trailing=PayloadSpec(size=60))
    data = build_image(spec, 3)
    assert data == build_image(spec, 3)
    assert data != build_image(spec, 4)
    assert data.startswith(MAGIC[kind])
    assert data[-60:].startswith(MARKER)


@pytest.mark.parametrize("spec", [{"width": 0}, {"height": LARGEST_SIDE + 1}, {"count": 0}, {"count": 257}])
def test_sides_and_counts_are_bounded(spec: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="sides of 1 to"):
        build_image(ImageSpec(**spec))  # type: ignore[arg-type]


def test_a_png_s_pixels_are_a_byte_each_behind_a_filter_byte() -> None:
    data = build_image(ImageSpec(width=7, height=3))
    start = data.index(b"IDAT")
    length = struct.unpack_from(">I", data, start - 4)[0]
    assert len(zlib.decompress(data[start + 4 : start + 4 + length])) == 8 * 3


@pytest.mark.parametrize("kind", [ImageKind.BMP, ImageKind.ICO])
def test_gaps_stand_before_the_end(kind: ImageKind) -> None:
    data = build_image(ImageSpec(kind=kind, count=2, gap=PayloadSpec(size=80)))
    assert data.count(MARKER) == 1
    assert not data[-80:].startswith(MARKER)
