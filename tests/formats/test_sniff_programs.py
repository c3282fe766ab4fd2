"""Programs and images: the structure each check asks for."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import sniff_programs as programs

CHECKS: list[Callable[[memoryview], bool]] = [
    programs.is_pe,
    programs.is_elf,
    programs.is_macho,
    programs.is_png,
    programs.is_gif,
    programs.is_jpeg,
    programs.is_ico,
    programs.is_bmp,
    programs.is_webp,
]


def view(*parts: bytes) -> memoryview:
    return memoryview(b"".join(parts))


def pe(offset: int) -> memoryview:
    return view(b"MZ".ljust(60, b"\0"), struct.pack("<I", offset), b"PE\0\0")


def test_the_pe_signature_must_stand_where_the_header_points() -> None:
    assert programs.is_pe(pe(64))
    assert not programs.is_pe(pe(65))
    assert not programs.is_pe(pe(0xFFFFFFFF))
    assert not programs.is_pe(pe(64)[:66])


@pytest.mark.parametrize(("offset", "value"), [(4, 0), (4, 3), (5, 0), (5, 3), (6, 2)])
def test_an_elf_identification_has_known_values(offset: int, value: int) -> None:
    data = bytearray(b"\x7fELF\2\1\1".ljust(64, b"\0"))
    assert programs.is_elf(memoryview(bytes(data)))
    data[offset] = value
    assert not programs.is_elf(memoryview(bytes(data)))


@pytest.mark.parametrize(
    ("order", "magic"), [("<", 0xFEEDFACE), ("<", 0xFEEDFACF), (">", 0xFEEDFACE), (">", 0xFEEDFACF)]
)
def test_macho_file_types_are_read_in_their_byte_order(order: str, magic: int) -> None:
    for kind, expected in ((1, True), (2, True), (6, True), (15, True), (0, False), (16, False), (6 << 24, False)):
        data = struct.pack(f"{order}IIIIIII", magic, 7, 3, kind, 0, 0, 0)
        assert programs.is_macho(memoryview(data)) is expected


@pytest.mark.parametrize("count", [0, 33, 45, 0xFFFFFFFF])
def test_a_universal_binary_has_some_slices_and_not_many(count: int) -> None:
    rows = struct.pack(">IIIII", 7, 3, 2000, 8, 0) * 50
    assert programs.is_macho(view(struct.pack(">II", 0xCAFEBABE, 2), rows, bytes(2000)))
    assert not programs.is_macho(view(struct.pack(">II", 0xCAFEBABE, count), rows, bytes(2000)))


def test_images_need_their_first_structure() -> None:
    assert not programs.is_gif(view(b"GIF89a", bytes(20)))
    assert not programs.is_jpeg(view(b"\xff\xd8\xff\xe0\xff\xff", bytes(20)))
    assert not programs.is_jpeg(view(b"\xff\xd8\xff\x01\0\4", bytes(20)))
    assert not programs.is_png(view(b"\x89PNG\r\n\x1a\n\0\0\0\x0eIHDR"))


@pytest.mark.parametrize(("size", "offset"), [(4, 21), (4, 23), (5, 22), (0, 22), (0xFFFFFFFF, 22)])
def test_icons_lie_inside_their_file(size: int, offset: int) -> None:
    head = struct.pack("<HHH", 0, 1, 1)
    assert programs.is_ico(view(head, struct.pack("<8xII", 4, 22), b"icon"))
    assert not programs.is_ico(view(head, struct.pack("<8xII", size, offset), b"icon"))


@pytest.mark.parametrize(
    ("header", "pixels", "planes", "depth", "expected"),
    [
        (40, 54, 1, 24, True),
        (40, 54, 2, 24, False),
        (40, 54, 1, 23, False),
        (40, 53, 1, 24, False),
        (40, 999, 1, 24, False),
        (41, 55, 1, 24, False),
        (124, 138, 1, 32, True),
    ],
)
def test_bitmaps_have_a_header_that_exists(header: int, pixels: int, planes: int, depth: int, expected: bool) -> None:
    head = struct.pack("<3I3I2H", 0, 0, pixels, header, 1, 1, planes, depth)
    assert programs.is_bmp(view(b"BM", head, bytes(150))) is expected


def test_old_bitmaps_have_short_sides() -> None:
    assert programs.is_bmp(view(b"BM", struct.pack("<4I4H", 0, 0, 26, 12, 1, 1, 1, 8), bytes(9)))


def test_a_riff_of_another_kind_is_no_webp() -> None:
    assert programs.is_webp(view(b"RIFF", bytes(4), b"WEBPVP8L"))
    assert not programs.is_webp(view(b"RIFF", bytes(4), b"WAVEfmt "))
    assert not programs.is_webp(view(b"RIFF", bytes(4), b"WEBPVP9 "))


@given(st.sampled_from(CHECKS), st.binary(max_size=80))
def test_no_check_fails_on_any_bytes(check: Callable[[memoryview], bool], data: bytes) -> None:
    assert check(memoryview(data)) in {True, False}
