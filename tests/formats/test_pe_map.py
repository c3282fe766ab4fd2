"""Addresses and the bytes the loader would find there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats.pe import PeHeader, SectionHeader, read_header
from unrig.formats.pe_map import MAX_NAME, NOTHING, SHORT_NAME, at, file_offset, image, text_at, texts_at

DATA = memoryview(bytes(range(256)) * 64)


@pytest.fixture(scope="module")
def bare() -> PeHeader:
    header = read_header(memoryview(build_pe(PeSpec(), 1)))
    return replace(header, sections=(), optional=replace(header.optional, headers_size=0x400))


def section(rva: int, offset: int, size: int, virtual: int = 0) -> SectionHeader:
    return SectionHeader(
        name="s", virtual_address=rva, virtual_size=virtual, raw_offset=offset, raw_size=size, characteristics=0
    )


def test_headers_and_sections_map_to_their_offsets(bare: PeHeader) -> None:
    view = image(DATA, replace(bare, sections=(section(0x1000, 0x400, 0x200), section(0x2000, 0x600, 0x400))))
    assert [file_offset(view, rva) for rva in (0, 0x3FF, 0x1000, 0x11FF, 0x2000, 0x23FF)] == [
        0,
        0x3FF,
        0x400,
        0x5FF,
        0x600,
        0x9FF,
    ]
    assert [file_offset(view, rva) for rva in (-1, 0x400, 0xFFF, 0x1200, 0x2400, 1 << 64)] == [None] * 6
    assert at(view, 0x11F0) == DATA[0x5F0:0x600]
    assert at(view, 0x1000, 4) == DATA[0x400:0x404]
    assert len(at(view, 0x3000)) == 0


def test_raw_offsets_are_rounded_down_as_the_loader_does(bare: PeHeader) -> None:
    view = image(DATA, replace(bare, sections=(section(0x1000, 0x5FF, 0x200),)))
    assert file_offset(view, 0x1000) == 0x400
    fine = replace(bare, optional=replace(bare.optional, file_alignment=0x10))
    assert file_offset(image(DATA, replace(fine, sections=(section(0x1000, 0x5F0, 0x200),))), 0x1000) == 0x5F0


def test_no_more_than_the_virtual_pages_and_the_file_are_mapped(bare: PeHeader) -> None:
    view = image(DATA, replace(bare, sections=(section(0x1000, 0x400, 0x3000, virtual=1),)))
    assert len(at(view, 0x1000)) == 0x1000
    cut = image(DATA, replace(bare, sections=(section(0x1000, len(DATA) - 0x200, 0x8000),)))
    assert len(at(cut, 0x1000)) == 0x200
    beyond = image(DATA, replace(bare, sections=(section(0x1000, 0xFFFFFE00, 0x8000),)))
    assert file_offset(beyond, 0x1000) is None


def test_overlapping_sections_give_each_address_one_offset(bare: PeHeader) -> None:
    sections = (section(0x1800, 0x2000, 0x1000), section(0x1000, 0x400, 0x1000), section(0x1100, 0x400, 0x100))
    view = image(DATA, replace(bare, sections=sections))
    assert file_offset(view, 0x1800) == 0xC00
    assert file_offset(view, 0x2000) == 0x2800
    assert all(one.end <= two.rva for one, two in zip(view.regions, view.regions[1:], strict=False))


def test_text_ends_at_zero_or_is_incomplete(bare: PeHeader) -> None:
    long = b"x" * (SHORT_NAME + 5)
    endless = b"y" * (MAX_NAME + 5)
    raw = b"first\0\xffsecond\0" + long + b"\0" + endless
    view = image(memoryview(raw), replace(bare, optional=replace(bare.optional, headers_size=len(raw))))
    starts = (0, 6, 14, 14 + len(long) + 1, len(raw) - 2, 1 << 31)
    texts = [text_at(view, rva) for rva in starts]
    assert [text.value for text in texts] == [
        "first",
        "\\xffsecond",
        long.decode(),
        "y" * MAX_NAME,
        "yy",
        "",
    ]
    assert [text.complete for text in texts] == [True, True, True, False, False, False]
    assert texts[-1] is NOTHING
    assert list(texts_at(view, starts)) == texts


def test_many_texts_are_the_same_as_one_by_one(bare: PeHeader) -> None:
    raw = b"".join(f"name_{number}".encode() + b"\0" for number in range(2000))
    view = image(memoryview(raw), replace(bare, optional=replace(bare.optional, headers_size=len(raw))))
    starts = [(number * 7919) % len(raw) for number in range(3000)]
    assert list(texts_at(view, starts)) == [text_at(view, rva) for rva in starts]
    assert list(texts_at(view, [])) == []
