"""What all six image formats share: their end is found, and whatever stands behind it is not theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.formats import image_bmp, image_gif, image_ico, image_jpeg, image_png, image_webp
from unrig.formats.image_picture import Picture
from unrig.formats.sniff import sniff
from unrig.model.errors import FormatError

READERS: dict[ImageKind, Callable[[memoryview], Picture]] = {
    ImageKind.BMP: image_bmp.read,
    ImageKind.GIF: image_gif.read,
    ImageKind.ICO: image_ico.read,
    ImageKind.JPEG: image_jpeg.read,
    ImageKind.PNG: image_png.read,
    ImageKind.WEBP: image_webp.read,
}


def read(kind: ImageKind, data: bytes) -> Picture:
    return READERS[kind](memoryview(data))


@pytest.mark.parametrize("kind", ImageKind)
@pytest.mark.parametrize("side", [1, 3, 17, 200])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_an_image_ends_where_it_was_written_to(kind: ImageKind, side: int, count: int) -> None:
    data = build_image(ImageSpec(kind=kind, width=side, height=side + 2, count=count), side)
    assert sniff(memoryview(data)) == kind
    found = read(kind, data)
    assert (found.end, found.damaged, found.gaps) == (len(data), (), ())
    assert (found.width, found.height) == (side, side + 2)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ImageKind), st.integers(1, 400), st.sampled_from(Kind), st.integers(0, 9))
def test_what_stands_behind_is_not_the_image_s(kind: ImageKind, size: int, nature: Kind, seed: int) -> None:
    spec = ImageSpec(kind=kind, count=2, trailing=PayloadSpec(size=size, kind=nature))
    data = build_image(spec, seed)
    assert read(kind, data).end == len(data) - size


@pytest.mark.parametrize("kind", ImageKind)
def test_an_image_in_an_image_is_not_the_image_s(kind: ImageKind) -> None:
    for other in ImageKind:
        data = build_image(ImageSpec(kind=kind))
        assert read(kind, data + build_image(ImageSpec(kind=other))).end == len(data)


@pytest.mark.parametrize("kind", ImageKind)
def test_a_cut_image_has_damage_and_nothing_behind(kind: ImageKind) -> None:
    data = build_image(ImageSpec(kind=kind))
    found = read(kind, data[:-2])
    assert found.end == len(data) - 2
    if kind is not ImageKind.ICO:  # its last bitmap's mask may be short, its directory then lies
        assert found.damaged


@pytest.mark.parametrize("kind", ImageKind)
def test_what_is_no_image_is_a_format_error(kind: ImageKind) -> None:
    magic = build_image(ImageSpec(kind=kind))[:8]
    for data in (b"", magic[:2], b"text, no image at all" * 9):
        with pytest.raises(FormatError):
            read(kind, data)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ImageKind), st.integers(0, 1 << 20), st.integers(0, 255), st.integers(0, 40))
def test_any_flipped_or_cut_byte_gives_an_end_in_the_file_or_a_format_error(
    kind: ImageKind, place: int, mask: int, cut: int
) -> None:
    data = bytearray(build_image(ImageSpec(kind=kind, width=3, height=3, count=2), 1))
    data[place % len(data)] ^= mask
    whole = bytes(data[: len(data) - cut])
    try:
        found = read(kind, whole)
    except FormatError:
        return
    assert 0 < found.end <= len(whole)
    assert all(0 < gap.offset < gap.end <= found.end for gap in found.gaps)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ImageKind), st.binary(max_size=120))
def test_any_bytes_behind_a_signature_give_an_end_or_a_format_error(kind: ImageKind, rest: bytes) -> None:
    for head in (8, 16, 24, 40):
        data = build_image(ImageSpec(kind=kind))[:head] + rest
        try:
            assert 0 < read(kind, data).end <= len(data)
        except FormatError:
            continue
