"""LIEF, which shares no line with the writer, finds in the file what the spec says it holds."""

from __future__ import annotations

import re
from collections.abc import Callable

import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from unrig.drill.build.payload import MARKER, PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import Machine, PeSpec, SectionSpec

Parse = Callable[[bytes], lief.PE.Binary]
SEED = 11
BODIES = re.compile(rb"(?:(?:\x33\xc0)+\xc3\xcc*)+")
"""Functions that clear the result and return, filled up with int3."""


def test_same_spec_and_seed_give_the_same_bytes(spec: PeSpec) -> None:
    assert build_pe(spec, SEED) == build_pe(spec, SEED)
    assert build_pe(spec, SEED) != build_pe(spec, SEED + 1)


def test_headers(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, SEED))
    wide = spec.machine is Machine.X64
    assert pe.header.machine == (lief.PE.Header.MACHINE_TYPES.AMD64 if wide else lief.PE.Header.MACHINE_TYPES.I386)
    assert pe.header.time_date_stamps == spec.timestamp
    assert pe.header.has_characteristic(lief.PE.Header.CHARACTERISTICS.DLL)
    assert pe.optional_header.sizeof_headers == 0x400
    assert pe.optional_header.addressof_entrypoint == 0x1000
    assert pe.optional_header.sizeof_image == pe.virtual_size


def test_a_program_is_no_library(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(structs.replace(spec, is_dll=False), SEED))
    assert not pe.header.has_characteristic(lief.PE.Header.CHARACTERISTICS.DLL)


def test_checksum_is_right_or_absent(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, SEED))
    assert pe.optional_header.checksum == pe.compute_checksum()
    assert parse(build_pe(structs.replace(spec, checksum=False), SEED)).optional_header.checksum == 0


def test_sections_stand_apart_and_hold_their_sizes(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, SEED))
    names = [section.name for section in pe.sections]
    pdata = [".pdata"] if spec.machine is Machine.X64 else []
    assert names == [".text", ".rdata", ".data", *pdata, ".extra", ".wx", ".rsrc"]
    assert pe.get_section(".extra").virtual_size == 3_000
    assert bytes(pe.get_section(".extra").content).startswith(MARKER)
    assert pe.get_section(".wx").characteristics == 0xE0000040
    for before, after in zip(list(pe.sections), list(pe.sections)[1:], strict=False):
        assert before.virtual_address + before.virtual_size <= after.virtual_address
        assert before.pointerto_raw_data + before.sizeof_raw_data == after.pointerto_raw_data


def test_code_only_returns(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, SEED))
    text = pe.get_section(".text")
    code = bytes(text.content)[: text.virtual_size]
    assert len(code) == 32 * spec.functions
    assert BODIES.fullmatch(code)


def test_only_the_code_section_is_executable_unless_asked(parse: Parse) -> None:
    pe = parse(build_pe(PeSpec(), SEED))
    execute = lief.PE.Section.CHARACTERISTICS.MEM_EXECUTE
    assert [section.name for section in pe.sections if section.has_characteristic(execute)] == [".text"]


def test_exception_data_names_every_function(parse: Parse) -> None:
    spec = PeSpec(functions=17)
    data = build_pe(spec, SEED)
    pe = parse(data)
    functions = list(pe.exceptions)
    assert len(functions) == 17
    for index, function in enumerate(functions):
        assert function.rva_start == 0x1000 + 32 * index
        end = function.rva_end - 0x1000 + 0x400
        assert data[end - 1 : end] == b"\xc3"


def test_a_code_variant_changes_only_the_functions_it_names() -> None:
    spec = PeSpec(functions=20)
    before = build_pe(spec, SEED)
    after = build_pe(structs.replace(spec, code_variant=1, changed_function=15), SEED)
    changed = [at for at in range(0x400, 0x400 + 640) if before[at] != after[at]]
    assert changed
    assert min(changed) >= 0x400 + 15 * 32


def test_coff_symbols_stand_before_the_overlay(parse: Parse, spec: PeSpec) -> None:
    data = build_pe(spec, SEED)
    pe = parse(data)
    last = max(section.pointerto_raw_data + section.sizeof_raw_data for section in pe.sections)
    assert pe.header.pointerto_symbol_table == last
    assert pe.header.numberof_symbols == 6
    strings_at = last + 18 * 6
    length = int.from_bytes(data[strings_at : strings_at + 4], "little")
    assert data[strings_at + 4 : strings_at + length].split(b"\0")[:2] == [b"drill_symbol_0", b"drill_symbol_1"]
    assert data[strings_at + length :].startswith(MARKER)
    assert len(data) - strings_at - length == 1_001


def test_without_overlay_and_symbols_the_file_ends_with_its_last_section(parse: Parse) -> None:
    pe = parse(build_pe(PeSpec(), SEED))
    assert len(pe.overlay) == 0
    assert pe.header.pointerto_symbol_table == 0


def test_an_overlay_moves_nothing_else(spec: PeSpec) -> None:
    plain = structs.replace(spec, overlay=PayloadSpec(), checksum=False)
    hidden = structs.replace(plain, overlay=PayloadSpec(size=400))
    assert build_pe(hidden, SEED)[:-400] == build_pe(plain, SEED)


def test_too_many_sections_are_refused() -> None:
    many = tuple(SectionSpec(name=f".s{index}", size=16) for index in range(40))
    with pytest.raises(ValueError, match="headers take"):
        build_pe(PeSpec(sections=many), SEED)


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        PeSpec,
        machine=st.sampled_from(Machine),
        functions=st.integers(1, 300),
        imports=st.dictionaries(
            st.from_regex(r"[A-Z]{1,8}\.dll", fullmatch=True),
            st.lists(st.from_regex(r"[A-Za-z]{1,20}", fullmatch=True), min_size=1, max_size=5).map(tuple),
            max_size=4,
        ),
        coff_symbols=st.integers(0, 5),
        overlay=st.builds(PayloadSpec, size=st.integers(0, 3_000)),
    ),
    st.integers(0, 2**32),
)
def test_whatever_is_asked_for_is_found(parse: Parse, spec: PeSpec, seed: int) -> None:
    pe = parse(build_pe(spec, seed))
    assert {entry.name: tuple(each.name for each in entry.entries) for entry in pe.imports} == spec.imports
    assert pe.optional_header.checksum == pe.compute_checksum()
    assert pe.header.numberof_symbols == spec.coff_symbols
