"""Imports, delay imports, exports, debug entries and texts, as LIEF reads them."""

from __future__ import annotations

from collections.abc import Callable

import lief
from msgspec import structs

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_parts import Place, aligned, padded
from unrig.drill.build.pe_rdata import imports, read_only_data
from unrig.drill.build.pe_spec import PeSpec

Parse = Callable[[bytes], lief.PE.Binary]
SEED = 5
NOWHERE = Place(rva=0x2000, offset=0x600, code_rva=0x1000, image_base=0x180000000)


def named(entries: list[lief.PE.ImportEntry]) -> tuple[str, ...]:
    return tuple(f"#{entry.ordinal}" if entry.is_ordinal else str(entry.name) for entry in entries)


def test_imports(parse: Parse, spec: PeSpec) -> None:
    found = {library.name: named(list(library.entries)) for library in parse(build_pe(spec, SEED)).imports}
    assert found == spec.imports


def test_address_table_covers_all_imports(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, SEED))
    table = pe.data_directory(lief.PE.DataDirectory.TYPES.IAT)
    width = 8 if pe.optional_header.magic == lief.PE.PE_TYPE.PE32_PLUS else 4
    assert table.size == width * sum(len(functions) + 1 for functions in spec.imports.values())
    first = next(iter(pe.imports))
    assert first.import_address_table_rva == table.rva


def test_delay_imports(parse: Parse, spec: PeSpec) -> None:
    found = {}
    for library in parse(build_pe(spec, SEED)).delay_imports:
        found[library.name] = tuple(f"#{e.ordinal}" if e.is_ordinal else e.name for e in library.entries)
    assert found == spec.delay_imports


def test_exports_are_sorted_and_forwarded(parse: Parse, spec: PeSpec) -> None:
    export = parse(build_pe(spec, SEED)).get_export()
    assert export is not None
    assert export.name == "mediacore.dll"
    assert [entry.name for entry in export.entries] == ["codec_close", "codec_open", "other"]
    *own, other = list(export.entries)
    assert all(0x1000 <= entry.address < 0x1000 + 32 * spec.functions for entry in own)
    assert other.is_forwarded
    assert (other.forward_information.library, other.forward_information.function) == ("OTHERLIB", "Thing")


def test_debug_entries(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, SEED))
    assert pe.codeview_pdb is not None
    assert pe.codeview_pdb.filename == "D:\\build\\mediacore.pdb"
    assert pe.is_reproducible_build
    assert [entry.timestamp for entry in pe.debug] == [spec.timestamp] * 2


def test_without_debug_entries_there_is_no_directory(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(structs.replace(spec, pdb_path="", repro=False), SEED))
    assert not pe.has_debug
    assert not pe.is_reproducible_build


def test_texts_stand_in_read_only_data(parse: Parse, spec: PeSpec) -> None:
    content = bytes(parse(build_pe(spec, SEED)).get_section(".rdata").content)
    assert b"shaderforge_31.dll\0" in content
    assert b"https://cdn.example.invalid/x\0" in content
    assert "rastercore_9.dll\0".encode("utf-16-le") in content


def test_nothing_asked_for_leaves_no_directory() -> None:
    part = read_only_data(PeSpec(), NOWHERE, SEED)
    assert part.directories == {}
    assert part.data == bytes(16)
    assert imports(PeSpec(), NOWHERE, SEED).data == b""


def test_alignment() -> None:
    assert [aligned(size, 8) for size in (0, 1, 8, 9)] == [0, 8, 8, 16]
    assert padded(b"abc", 4) == b"abc\0"
    assert padded(b"abcd", 4) == b"abcd"
    moved = NOWHERE.moved(0x20)
    assert (moved.rva, moved.offset, moved.code_rva) == (0x2020, 0x620, 0x1000)
