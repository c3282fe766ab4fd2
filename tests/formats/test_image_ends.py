"""Where each image format hides its end, or lies about it."""

from __future__ import annotations

import struct

import pytest

from unrig.drill.build.image import ImageKind, ImageSpec, _chunk, _segment, build_image
from unrig.drill.build.payload import PayloadSpec
from unrig.formats import image_bmp, image_gif, image_ico, image_jpeg, image_png, image_webp
from unrig.model.errors import FormatError

JPEG = build_image(ImageSpec(kind=ImageKind.JPEG))
PNG = build_image(ImageSpec())
BMP = build_image(ImageSpec(kind=ImageKind.BMP, width=3, height=5))


def view(data: bytes) -> memoryview:
    return memoryview(data)


def test_png_frames_are_counted_and_a_wrong_crc_is_damage() -> None:
    frames = PNG[:-12] + _chunk(b"fcTL", bytes(26)) * 3 + PNG[-12:]
    assert image_png.read(view(frames)).count == 3
    broken = bytearray(PNG)
    broken[30] ^= 1
    found = image_png.read(view(bytes(broken)))
    assert (found.end, found.damaged) == (len(PNG), ("0x8: a chunk whose CRC holds, another",))


def test_a_png_of_endless_chunks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_png, "MAX_CHUNKS", 50)
    found = image_png.read(view(PNG[:-12] + _chunk(b"tEXt", b"") * 100 + PNG[-12:]))
    assert found.damaged[-1].endswith("at most 50 chunks, more")
    assert found.end == len(PNG) + 1200


def test_a_png_without_end_reaches_to_the_file_s() -> None:
    found = image_png.read(view(PNG[:-12] + b"\xff\xff\xff\xffIDAT" + bytes(99)))
    assert found.end == len(PNG) - 12 + 107
    assert found.damaged


def test_a_gif_of_endless_subblocks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_gif, "MAX_SUBBLOCKS", 60)
    head = build_image(ImageSpec(kind=ImageKind.GIF))[: 13 + 384]
    found = image_gif.read(view(head + b"\x21\xfe" + b"\1x" * 100 + b"\0;"))
    assert "at most 60 sub-blocks" in found.damaged[0]
    assert found.end == len(head) + 204


def test_a_gif_with_a_foreign_block_is_damaged() -> None:
    data = build_image(ImageSpec(kind=ImageKind.GIF))
    assert "0x99" in image_gif.read(view(data[:-1] + b"\x99")).damaged[0]


def test_thumbnails_stuffing_fill_and_restarts_do_not_end_a_jpeg() -> None:
    thumbnail = JPEG[:2] + _segment(0xE1, b"Exif\0\0" + JPEG) + JPEG[2:]
    assert image_jpeg.read(view(thumbnail + b"behind")).end == len(thumbnail)
    filled = JPEG[:2] + b"\xff" * 40 + JPEG[2:-2] + b"\xff\xff\xff" + JPEG[-2:]
    assert image_jpeg.read(view(filled + b"behind")).end == len(filled)
    many = build_image(ImageSpec(kind=ImageKind.JPEG, count=9))
    assert image_jpeg.read(view(many + JPEG)).end == len(many)


def test_runs_of_fill_bytes_cost_no_more_than_their_length() -> None:
    data = JPEG[:-2] + (b"\xff" * 300_000 + b"\0") * 3
    assert image_jpeg.read(view(data)).damaged
    assert image_jpeg.read(view(JPEG[:2] + b"\xff" * 900_000)).damaged


def mpf(places: list[int], order: str = ">") -> bytes:
    """The APP2 segment that lists further pictures (CIPA DC-007)."""
    rows = b"".join(struct.pack(f"{order}4I", 0, len(JPEG), place, 0) for place in places)
    entry = struct.pack(f"{order}2H2I", 0xB002, 7, len(rows), 26)
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IH", 8, 1) + entry + bytes(4)
    return _segment(0xE2, b"MPF\0" + head + rows)


@pytest.mark.parametrize("order", [">", "<"])
def test_pictures_that_an_index_lists_are_the_image_s(order: str) -> None:
    base = 2 + 8  # the index counts from behind its own mark
    first_length = len(JPEG) + len(mpf([0, 0], order))
    gap = b"gap." * 5
    listed = JPEG[:2] + mpf([0, first_length + len(gap) - base], order) + JPEG[2:]
    assert len(listed) == first_length
    found = image_jpeg.read(view(listed + gap + JPEG + b"behind"))
    assert (found.end, found.count) == (first_length + 20 + len(JPEG), 2)
    assert [(one.offset, one.length) for one in found.gaps] == [(first_length, 20)]
    adjacent = JPEG[:2] + mpf([0, first_length - base], order) + JPEG[2:] + JPEG
    assert image_jpeg.read(view(adjacent + b"behind")).end == len(adjacent)
    for lie in ([0, 5], [0, 1 << 30], [0] * 64, [0, first_length - base]):
        lying = JPEG[:2] + mpf(lie, order) + JPEG[2:]
        assert image_jpeg.read(view(lying + b"behind")).end == len(lying)


def test_a_bitmap_ends_with_its_pixels_whatever_its_size_field_says() -> None:
    assert len(BMP) == 54 + 5 * 12
    longer = bytearray(BMP + b"hidden" * 20)
    struct.pack_into("<I", longer, 2, len(BMP) + 60)
    found = image_bmp.read(view(bytes(longer)))
    assert found.end == len(BMP)
    assert found.damaged == (f"size: {len(BMP)}, {len(BMP) + 60} declared",)
    assert image_bmp.read(view(BMP + b"hidden")).damaged == ()


def test_palettes_masks_and_profiles_are_the_bitmap_s() -> None:
    indexed = struct.pack("<3I2H6I", 40, 8, 2, 1, 8, 0, 0, 0, 0, 2, 0) + bytes(8) + bytes(16)
    data = b"BM" + struct.pack("<3I", 14 + len(indexed), 0, 14 + 48) + indexed
    assert image_bmp.read(view(data + b"x" * 70)).end == len(data)
    assert image_bmp.read(view(data)).gaps == ()
    top_down = struct.pack("<Ii i2H6I", 40, 4, -4, 1, 32, 3, 0, 0, 0, 0, 0) + bytes(12) + bytes(64)
    data = b"BM" + struct.pack("<3I", 14 + len(top_down), 0, 14 + 52) + top_down
    found = image_bmp.read(view(data))
    assert (found.end, found.gaps, found.height) == (len(data), (), 4)
    core = struct.pack("<I4H", 12, 4, 4, 1, 1) + bytes(6) + bytes(16)
    data = b"BM" + struct.pack("<3I", 14 + len(core), 0, 14 + 18) + core
    assert image_bmp.read(view(data + b"y" * 9)).end == len(data)


def test_a_gap_before_a_bitmap_s_pixels_is_found() -> None:
    data = build_image(ImageSpec(kind=ImageKind.BMP, gap=PayloadSpec(size=300)))
    found = image_bmp.read(view(data))
    assert [(gap.offset, gap.length) for gap in found.gaps] == [(54, 300)]
    assert found.end == len(data)


def test_a_profile_behind_the_pixels_is_the_bitmap_s() -> None:
    header = bytearray(struct.pack("<3I2H6I", 124, 4, 4, 1, 32, 0, 0, 0, 0, 0, 0).ljust(124, b"\0"))
    struct.pack_into("<I", header, 56, 0x4D424544)
    struct.pack_into("<2I", header, 112, 124 + 64, 50)
    data = b"BM" + struct.pack("<3I", 14 + 124 + 64 + 50, 0, 14 + 124) + bytes(header) + bytes(64) + b"p" * 50
    assert image_bmp.read(view(data + b"behind")).end == len(data)


@pytest.mark.parametrize(("width", "height", "bits"), [(0, 1, 24), (1, 0, 24), (1, 1, 25), (1 << 30, 1, 8), (-5, 1, 8)])
def test_bitmaps_of_no_size_are_none(width: int, height: int, bits: int) -> None:
    header = struct.pack("<I2i2H6I", 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    with pytest.raises(FormatError):
        image_bmp.read(view(b"BM" + struct.pack("<3I", 54, 0, 54) + header))


def test_a_webp_ends_with_its_last_chunk() -> None:
    data = build_image(ImageSpec(kind=ImageKind.WEBP, width=33, height=7))
    longer = bytearray(data + b"hidden" * 9)
    struct.pack_into("<I", longer, 4, len(longer) - 8)
    found = image_webp.read(view(bytes(longer)))
    assert found.damaged  # `hidden` is read as a chunk, which does not fit
    struct.pack_into("<I", longer, 4, len(data) - 8 + 5)
    assert image_webp.read(view(bytes(longer))).end == len(data)
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")
    frames = extended + (b"ANMF" + struct.pack("<I", 2) + b"xx") * 3
    animated = b"RIFF" + struct.pack("<I", 4 + len(frames)) + b"WEBP" + frames
    found = image_webp.read(view(animated))
    assert (found.width, found.height, found.count, found.end) == (100, 50, 3, len(animated))
    lossy = b"VP8 " + struct.pack("<I", 10) + b"\x30\1\0\x9d\1\x2a" + struct.pack("<2H", 640, 480)
    found = image_webp.read(view(b"RIFF" + struct.pack("<I", 4 + len(lossy)) + b"WEBP" + lossy))
    assert (found.width, found.height) == (640, 480)


def test_an_icon_s_images_end_before_what_rides_in_their_entries() -> None:
    """The directory gives an image more bytes than it has: they are shown all the same."""
    for index in (0, 1):
        data = bytearray(build_image(ImageSpec(kind=ImageKind.ICO, count=2)))
        size, offset = struct.unpack_from("<2I", data, 6 + 16 * index + 8)
        stuffed = data[: offset + size] + b"H" * 90 + data[offset + size :]
        struct.pack_into("<I", stuffed, 6 + 16 * index + 8, size + 90)
        if index == 0:
            struct.pack_into("<I", stuffed, 6 + 16 + 12, struct.unpack_from("<I", stuffed, 6 + 16 + 12)[0] + 90)
        found = image_ico.read(view(bytes(stuffed)))
        shown = [(gap.offset, gap.length) for gap in found.gaps] + [(found.end, len(stuffed) - found.end)]
        assert (offset + size, 90) in shown


def test_gaps_in_an_icon_are_found() -> None:
    data = build_image(ImageSpec(kind=ImageKind.ICO, count=3, gap=PayloadSpec(size=77)))
    found = image_ico.read(view(data))
    assert [gap.length for gap in found.gaps] == [77, 77]
    assert (found.end, found.count) == (len(data), 3)


def test_directories_of_icons_are_bounded() -> None:
    """65,535 entries are all that the field can say, ten million bytes of them or not."""
    row = struct.pack("<4B2H2I", 1, 1, 0, 0, 1, 32, len(PNG), 6 + 16 * 65_535)
    data = struct.pack("<3H", 0, 1, 65_535) + row * 65_535 + PNG + b"behind"
    found = image_ico.read(view(data))
    assert found.damaged == ("directory: at most 1024 images, 65535",)
    assert (found.end, found.count, found.gaps) == (len(data), 65_535, ())
    short = struct.pack("<3H", 0, 1, 65_535) + row * 9
    with pytest.raises(FormatError, match="entries"):
        image_ico.read(view(short + bytes(100)))
    with pytest.raises(FormatError):
        image_ico.read(view(struct.pack("<3H", 0, 1, 0) + PNG))


def test_images_that_share_bytes_are_damage_unless_they_are_the_same() -> None:
    at = 6 + 32
    row = struct.pack("<4B2H2I", 1, 1, 0, 0, 1, 32, len(PNG), at)
    same = struct.pack("<3H", 0, 1, 2) + row * 2 + PNG
    assert image_ico.read(view(same)).damaged == ()
    other = struct.pack("<4B2H2I", 1, 1, 0, 0, 1, 32, len(PNG) - 8, at + 8)
    crossing = struct.pack("<3H", 0, 1, 2) + row + other + PNG
    assert any("share some" in damage for damage in image_ico.read(view(crossing)).damaged)


def test_an_image_that_is_neither_png_nor_bitmap_is_all_its_own() -> None:
    row = struct.pack("<4B2H2I", 1, 1, 0, 0, 1, 32, 50, 22)
    found = image_ico.read(view(struct.pack("<3H", 0, 1, 1) + row + b"?" * 50 + b"behind"))
    assert found.end == 72
    assert found.damaged[0].startswith("image 0:")
