"""The Rich header and its checksum."""

from __future__ import annotations

import struct

import lief

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, RichTool
from unrig.formats.pe import read_header
from unrig.formats.pe_rich import Rich, read_rich
from unrig.model.pe import RichEntry

TOOLS = (
    RichTool(product=0x104, build=30034, count=9),
    RichTool(product=0x105, build=30034, count=33),
    RichTool(product=1, build=0, count=0x80000001),
)
DATA = build_pe(PeSpec(rich=TOOLS), 6)


def read(data: bytes | bytearray) -> Rich:
    view = memoryview(bytes(data))
    return read_rich(view, read_header(view))


def test_entries_are_those_written_and_as_lief_reads_them() -> None:
    got = read(DATA)
    assert got.intact
    assert got.damaged == ()
    assert got.entries == tuple(RichEntry(product=one.product, build=one.build, count=one.count) for one in TOOLS)
    other = lief.parse(DATA)
    assert isinstance(other, lief.PE.Binary)
    assert {(one.id, one.build_id, one.count) for one in other.rich_header.entries} == {
        (one.product, one.build, one.count) for one in got.entries
    }


def test_without_rich_header_nothing_is_claimed() -> None:
    assert read(build_pe(PeSpec(), 6)) == Rich()


def test_an_edited_entry_or_stub_is_not_intact() -> None:
    at = DATA.index(b"Rich")
    for offset in (at - 4, 2, 0x30):
        data = bytearray(DATA)
        data[offset] ^= 0x10
        got = read(data)
        assert not got.intact
        assert len(got.entries) == len(TOOLS)


def test_moving_the_pe_header_alone_is_no_edit() -> None:
    start = struct.unpack_from("<I", DATA, 60)[0]
    moved = bytearray(DATA[:start] + bytes(8) + DATA[start:])
    struct.pack_into("<I", moved, 60, start + 8)
    assert read(moved).intact


def test_a_header_without_start_is_damage() -> None:
    data = bytearray(DATA)
    data[DATA.index(b"Rich") + 4] ^= 0xFF
    got = read(data)
    assert got.entries == ()
    assert got.damaged[0].startswith("rich header: expected DanS")


def test_the_word_rich_inside_the_dos_header_is_none() -> None:
    data = bytearray(build_pe(PeSpec(), 6))
    data[8:12] = b"Rich"
    assert read(data) == Rich()
