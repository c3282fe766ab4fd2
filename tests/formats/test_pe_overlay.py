"""What stands behind the sections without being explained."""

from __future__ import annotations

import struct

import pytest

from unrig.drill.build.payload import Kind, PayloadSpec, payload
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats.pe import SECURITY, read_header
from unrig.formats.pe_overlay import Stretch, certificates, overlays, symbols

BARE = build_pe(PeSpec(), 1)
SYMBOLS = build_pe(PeSpec(coff_symbols=40), 1)
RANDOM = payload(9, 4000, Kind.RANDOM)


def found(data: bytes) -> list[tuple[int, int]]:
    view = memoryview(data)
    return [(one.start, one.end) for one in overlays(view, read_header(view))]


def with_table(data: bytes, table: bytes, *, offset: int | None = None, size: int | None = None) -> bytes:
    at = len(data) if offset is None else offset
    changed = bytearray(data)
    place = read_header(memoryview(data)).directories_offset + 8 * SECURITY
    struct.pack_into("<II", changed, place, at, len(table) if size is None else size)
    return bytes(changed) + table


def test_a_bare_file_has_none() -> None:
    assert found(BARE) == []


@pytest.mark.parametrize("kind", list(Kind))
def test_an_overlay_of_any_kind_is_found(kind: Kind) -> None:
    data = build_pe(PeSpec(overlay=PayloadSpec(size=900, kind=kind)), 1)
    assert found(data) == [(len(data) - 900, len(data))]


def test_coff_symbols_are_no_overlay_but_what_follows_is() -> None:
    assert len(SYMBOLS) > len(BARE)
    assert found(SYMBOLS) == []
    assert found(SYMBOLS + RANDOM) == [(len(SYMBOLS), len(SYMBOLS) + len(RANDOM))]


def test_a_payload_declared_as_symbols_or_names_is_an_overlay() -> None:
    data = bytearray(BARE + RANDOM)
    place = read_header(memoryview(BARE)).pe_offset + 12
    struct.pack_into("<II", data, place, len(BARE), 200)
    assert found(bytes(data)) == [(len(BARE), len(data))]
    strings = bytearray(SYMBOLS)
    at = len(SYMBOLS) - SYMBOLS[::-1].index(b"drill_symbol_0\0"[::-1]) - len(b"drill_symbol_0\0") - 4
    struct.pack_into("<I", strings, at, len(strings) - at + len(RANDOM))
    assert found(bytes(strings) + RANDOM) == [(at, len(strings) + len(RANDOM))]


def test_the_certificate_table_is_no_overlay_and_divides_one() -> None:
    table = bytes(range(1, 65))
    assert found(with_table(BARE, table)) == []
    both = with_table(BARE + RANDOM, table) + b"tail"
    table_at = len(BARE) + len(RANDOM)
    assert found(both) == [(len(BARE), table_at), (table_at + 64, table_at + 68)]


def test_alignment_in_front_of_the_table_is_none() -> None:
    assert found(with_table(BARE + bytes(7), b"\1" * 16)) == []
    assert found(with_table(BARE + bytes(8), b"\1" * 16)) == [(len(BARE), len(BARE) + 8)]
    assert found(with_table(BARE + b"\0\1", b"\1" * 16)) == [(len(BARE), len(BARE) + 2)]


def test_tables_that_lie_about_their_place_hide_nothing_else() -> None:
    beyond = with_table(BARE + RANDOM, b"", offset=0x7FFFFFFF, size=64)
    assert found(beyond) == [(len(BARE), len(beyond))]
    inside = with_table(BARE + RANDOM, b"", offset=0x400, size=64)
    assert found(inside) == [(len(BARE), len(inside))]
    assert certificates(read_header(memoryview(with_table(BARE, b"", size=0)))) is None


def test_symbols_beyond_the_file_are_none() -> None:
    data = bytearray(BARE + RANDOM)
    place = read_header(memoryview(BARE)).pe_offset + 12
    struct.pack_into("<II", data, place, 0x7FFFFFFF, 0xFFFFFFFF)
    header = read_header(memoryview(bytes(data)))
    assert symbols(memoryview(bytes(data)), header) is None
    assert overlays(memoryview(bytes(data)), header) == (Stretch(start=len(BARE), end=len(data)),)


def test_a_section_that_ends_beyond_the_file_leaves_no_overlay() -> None:
    data = bytearray(BARE + RANDOM)
    struct.pack_into("<I", data, read_header(memoryview(BARE)).sections_offset + 16, 0x7FFFFFFF)
    assert found(bytes(data)) == []
