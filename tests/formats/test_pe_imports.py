"""Imports and delay-load imports: as written, as LIEF reads them, and tables that lie."""

from __future__ import annotations

import struct
from collections.abc import Callable

import lief
import pytest

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import Machine, PeSpec
from unrig.formats import pe_imports
from unrig.formats.pe import DELAY_IMPORT, IMPORT, read_header
from unrig.formats.pe_imports import MAX_FUNCTIONS, MAX_LIBRARIES, Imports, read_imports
from unrig.formats.pe_map import Image, image

IMPORTS = {"KERNEL32.dll": ("LoadLibraryW", "GetProcAddress"), "WS2_32.dll": ("#115", "send", "#3"), "empty.dll": ()}
DELAYED = {"d3dcompiler_47.dll": ("D3DCompile", "#7")}
MANY = {"many.dll": tuple(f"function_{number:04}" for number in range(700))}


def read(data: bytes) -> Imports:
    view = memoryview(data)
    return read_imports(image(view, read_header(view)))


@pytest.mark.parametrize("machine", list(Machine))
def test_imports_agree_with_spec_and_lief(machine: Machine) -> None:
    data = build_pe(PeSpec(machine=machine, imports=IMPORTS | MANY, delay_imports=DELAYED), 3)
    got = read(data)
    assert got.damaged == ()
    assert {one.library: one.functions for one in got.imports if not one.delayed} == IMPORTS | MANY
    assert {one.library: one.functions for one in got.imports if one.delayed} == DELAYED
    other = lief.parse(data)
    assert isinstance(other, lief.PE.Binary)
    theirs = [
        (one.name, tuple(f"#{entry.ordinal}" if entry.is_ordinal else entry.name for entry in one.entries))
        for one in (*other.imports, *other.delay_imports)
    ]
    assert theirs == [(one.library, one.functions) for one in got.imports]


def test_a_file_without_imports_has_none() -> None:
    assert read(build_pe(PeSpec(), 1)) == Imports(imports=(), damaged=())


def test_old_delay_tables_hold_absolute_addresses() -> None:
    data = bytearray(build_pe(PeSpec(machine=Machine.X86, delay_imports={"old.dll": ("one", "#2")}), 5))
    header = read_header(memoryview(bytes(data)))
    view = image(memoryview(bytes(data)), header)
    base = header.optional.image_base
    rva = header.directories[DELAY_IMPORT].rva
    shift = next(row.raw_offset - row.virtual_address for row in header.sections if row.name == ".rdata")
    attributes, name, handle, table, names, *_ = struct.unpack_from("<5I", data, rva + shift)
    assert attributes == 1
    assert view.data
    struct.pack_into("<5I", data, rva + shift, 0, name + base, handle + base, table + base, names + base)
    first = struct.unpack_from("<I", data, names + shift)[0]
    struct.pack_into("<I", data, names + shift, first + base)
    assert [(one.library, one.functions) for one in read(bytes(data)).imports] == [("old.dll", ("one", "#2"))]


@pytest.mark.parametrize(("index", "width"), [(IMPORT, 20), (DELAY_IMPORT, 32)])
def test_a_table_without_end_is_bounded_and_damage(flat: Callable[..., Image], index: int, width: int) -> None:
    row = struct.pack("<8I", 1, 16, 16, 16, 16, 16, 16, 16)[:width]
    got = read_imports(flat(row * (MAX_LIBRARIES + 9), index))
    assert 0 < len(got.imports) <= MAX_LIBRARIES
    assert any("an empty descriptor" in line for line in got.damaged)


def test_a_table_cut_in_mid_row_is_damage(flat: Callable[..., Image]) -> None:
    got = read_imports(flat(struct.pack("<5I", 0, 0, 0, 0x500, 0x500) + b"\1\2\3", IMPORT))
    assert [one.library for one in got.imports] == [""]
    assert any("library name" in line for line in got.damaged)
    assert any("none in the 1 " in line for line in got.damaged)


def test_a_table_outside_the_file_is_damage(flat: Callable[..., Image]) -> None:
    got = read_imports(flat(b"", IMPORT))
    assert got.imports == ()
    assert got.damaged == ("imports: expected an empty descriptor within 4096, found none in the 0 at 0x10",)


def test_functions_are_bounded_over_all_libraries(flat: Callable[..., Image]) -> None:
    thunks = struct.pack("<Q", 1 << 63 | 5) * (MAX_FUNCTIONS // 2 + 2000)
    table_at = 16 + 4 * 20
    rows = struct.pack("<5I", table_at, 0, 0, 2, table_at) * 3 + bytes(20)
    got = read_imports(flat(rows + thunks + bytes(8), IMPORT))
    read_in_all = sum(len(one.functions) for one in got.imports)
    assert MAX_FUNCTIONS <= read_in_all < MAX_FUNCTIONS + 300
    assert any(line.startswith("imports: expected at most 65535 functions") for line in got.damaged)


def test_names_are_bounded_over_all_libraries(flat: Callable[..., Image], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pe_imports, "MAX_NAME_BYTES", 100_000)
    table_at = 16 + 2 * 20
    name_at = table_at + 8 * 2001
    rows = struct.pack("<5I", table_at, 0, 0, name_at + 2, table_at) + bytes(20)
    raw = rows + struct.pack("<Q", name_at) * 2000 + bytes(8) + b"\0\0" + b"n" * 2000 + b"\0"
    got = read_imports(flat(raw, IMPORT))
    assert len(got.imports[0].functions) < 2000
    assert sum(map(len, got.imports[0].functions)) < 100_000 + 256 * 2000
    assert any("bytes of names" in line for line in got.damaged)


def test_one_bad_name_does_not_hide_the_others(flat: Callable[..., Image]) -> None:
    table_at = 16 + 2 * 20
    names_at = table_at + 4 * 8
    rows = struct.pack("<5I", table_at, 0, 0, names_at + 2, table_at) + bytes(20)
    thunks = struct.pack("<4Q", names_at, 0x7FFFFFFF, 1 << 63 | 9, 0)
    got = read_imports(flat(rows + thunks + b"\0\0lib.dll\0", IMPORT))
    assert got.imports[0].library == "lib.dll"
    assert got.imports[0].functions == ("lib.dll", "", "#9")
    assert got.damaged == ("imports: expected a hint and a name, found none at 0x7fffffff",)


def test_a_lookup_table_without_zero_is_damage(flat: Callable[..., Image]) -> None:
    rows = struct.pack("<5I", 56, 0, 0, 2, 56) + bytes(20)
    got = read_imports(flat(rows + struct.pack("<Q", 1 << 63 | 1), IMPORT))
    assert got.imports[0].functions == ("#1",)
    assert got.damaged == ("imports: expected a lookup table that ends in zero, found none at 0x38",)


def test_names_come_from_the_lookup_table_not_from_bound_addresses(flat: Callable[..., Image]) -> None:
    rows = struct.pack("<5I", 72, 0, 0, 88, 56) + bytes(20)
    raw = rows + struct.pack("<4Q", 0x7FF812345678, 0, 1 << 63 | 4, 0) + b"bound.dll\0"
    assert read_imports(flat(raw, IMPORT)).imports[0].functions == ("#4",)
    unbound = struct.pack("<5I", 0, 0, 0, 88, 72) + bytes(20) + raw[40:]
    assert read_imports(flat(unbound, IMPORT)).imports[0].functions == ("#4",)
