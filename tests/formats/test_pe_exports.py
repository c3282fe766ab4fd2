"""Exports and forwarders: as written, as LIEF reads them, and tables that lie."""

from __future__ import annotations

import struct
from collections.abc import Callable

import lief
import pytest

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import ExportSpec, Machine, PeSpec
from unrig.formats import pe_exports
from unrig.formats.pe import EXPORT, read_header
from unrig.formats.pe_exports import MAX_EXPORTS, Exports, read_exports
from unrig.formats.pe_map import Image, image
from unrig.model.pe import Export

NAMES = ("avcodec_open2", "av_free", "zzz", "?mangled@@YAXXZ")
TABLE = struct.Struct("<IIHHIIIIIII")


def read(data: bytes) -> Exports:
    view = memoryview(data)
    return read_exports(image(view, read_header(view)))


def table(name: int, base: int, functions: int, names: int, *places: int) -> bytes:
    return TABLE.pack(0, 0, 0, 0, name, base, functions, names, *places)


@pytest.mark.parametrize("machine", list(Machine))
def test_exports_agree_with_spec_and_lief(machine: Machine) -> None:
    exports = (*(ExportSpec(name=name) for name in NAMES), ExportSpec(name="to", forwarder="ntdll.RtlMove"))
    data = build_pe(PeSpec(machine=machine, exports=exports, export_name="ffmpeg.dll"), 3)
    got = read(data)
    assert got.damaged == ()
    assert got.name == "ffmpeg.dll"
    assert {one.name: one.forwarder for one in got.exports} == dict.fromkeys(NAMES, "") | {"to": "ntdll.RtlMove"}
    other = lief.parse(data)
    assert isinstance(other, lief.PE.Binary)
    theirs = [(entry.ordinal, entry.name) for entry in other.get_export().entries]
    assert sorted(theirs) == [(one.ordinal, one.name) for one in got.exports]


def test_a_file_without_exports_has_none() -> None:
    assert read(build_pe(PeSpec(), 1)) == Exports()


def test_nameless_and_twice_named_functions(flat: Callable[..., Image]) -> None:
    raw = (
        table(96, 100, 4, 2, 56, 72, 80)
        + struct.pack("<4I", 0x1000, 0, 0x1008, 0x1010)
        + struct.pack("<2I", 84, 88)
        + struct.pack("<2H", 2, 2)
        + b"one\0two\0....lib\0"
    )
    got = read_exports(flat(raw, EXPORT, size=40))
    assert got.name == "lib"
    assert got.damaged == ()
    assert got.exports == (
        Export(name="", ordinal=100),
        Export(name="one", ordinal=102),
        Export(name="two", ordinal=102),
        Export(name="", ordinal=103),
    )


def test_four_billion_exports_are_bounded(flat: Callable[..., Image]) -> None:
    huge = 0xFFFFFFFF
    raw = table(0, 1, huge, huge, 56, 56, 56) + struct.pack("<I", 16) * (MAX_EXPORTS + 100)
    got = read_exports(flat(raw, EXPORT))
    assert 0 < len(got.exports) <= 2 * MAX_EXPORTS
    assert "exports: expected at most 65535, found 4294967295" in got.damaged


def test_more_names_than_the_file_holds_are_damage(flat: Callable[..., Image]) -> None:
    raw = table(0, 1, 1, 500, 56, 60, 64) + struct.pack("<II", 0x9000, 68) + struct.pack("<HH", 0, 0) + b"name\0"
    got = read_exports(flat(raw, EXPORT, size=8))
    assert "name" in {one.name for one in got.exports}
    assert any(line.startswith("exports: expected 500 entries at 0x3c") for line in got.damaged)


def test_an_index_beyond_the_addresses_is_damage(flat: Callable[..., Image]) -> None:
    raw = table(0, 1, 1, 2, 56, 60, 68) + struct.pack("<3I", 0x9000, 72, 72) + struct.pack("<HH", 0, 9) + b"name\0"
    got = read_exports(flat(raw, EXPORT, size=8))
    assert got.exports == (Export(name="name", ordinal=1),)
    assert got.damaged == ("exports: expected an index below 1, found 9",)


def test_names_outside_the_file_are_damage_and_do_not_hide_the_rest(flat: Callable[..., Image]) -> None:
    raw = table(0, 1, 2, 2, 56, 64, 72) + struct.pack("<4I", 0x9000, 0x9008, 0x70000000, 76)
    got = read_exports(flat(raw + struct.pack("<HH", 0, 1) + b"good\0", EXPORT, size=8))
    assert [one.name for one in got.exports] == ["", "good"]
    assert got.damaged == ("exports: expected names that end in zero, found none at 0x70000000",)


def test_a_table_outside_the_file_is_damage(flat: Callable[..., Image]) -> None:
    assert read_exports(flat(b"short", EXPORT)).damaged == ("exports: expected 40 bytes at 0x10, found 5 bytes",)


def test_one_long_name_many_times_is_bounded(flat: Callable[..., Image], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pe_exports, "MAX_NAME_BYTES", 50_000)
    count = 1000
    names_at = 56 + 4 * count
    text_at = names_at + 6 * count
    raw = table(0, 1, count, count, 56, names_at, names_at + 4 * count)
    raw += struct.pack("<I", text_at) * count * 2 + struct.pack(f"<{count}H", *range(count)) + b"n" * 500 + b"\0"
    got = read_exports(flat(raw, EXPORT, size=text_at + 600))
    assert sum(len(one.name) for one in got.exports) <= 50_000
    assert any("bytes of names" in line for line in got.damaged)
    assert {one.forwarder for one in got.exports} == {"n" * 500}
