"""The functions of a program: where they are, what they call, and that nothing hostile makes them expensive."""

from __future__ import annotations

import contextlib
import itertools
import struct

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, Machine, Mention, PeSpec
from unrig.formats.pe import EXCEPTION, read_header
from unrig.model.code import FunctionFacts
from unrig.model.errors import FormatError
from unrig.vet.facts.functions import EXTRACTOR, extract

IMPORTS = {"KERNEL32.dll": ("ReadFile", "VirtualProtect"), "WS2_32.dll": ("#115",)}
MENTIONS = (
    Mention(function=5, imports=("KERNEL32.dll!ReadFile", "KERNEL32.dll!VirtualProtect")),
    Mention(function=9, imports=("WS2_32.dll!#115",)),
)
SPEC = PeSpec(imports=IMPORTS, code=CodeSpec(functions=40, mentions=MENTIONS))
DATA = build_pe(SPEC, 3)


def facts(data: bytes | bytearray) -> FunctionFacts:
    return extract(memoryview(bytes(data)))


def hashes(found: FunctionFacts) -> list[str]:
    return sorted(each.hash for each in found.functions)


def test_each_function_once_and_in_order() -> None:
    found = facts(DATA)
    assert (len(found.functions), found.told_by, found.not_evaluated) == (40, "unwind", "")
    starts = [each.start for each in found.functions]
    assert starts == sorted(set(starts))
    assert found.code_bytes == sum(each.size for each in found.functions)


def test_what_each_calls() -> None:
    found = facts(DATA)
    calls = sorted(tuple(found.imports[i] for i in each.imports) for each in found.functions if each.imports)
    assert calls == [("ReadFile", "VirtualProtect"), ("ws2_32.dll#115",)]


def test_the_entry_point_and_what_it_calls_run_first() -> None:
    found = facts(DATA)
    entry = read_header(memoryview(DATA)).optional.entry_point
    assert entry in [found.functions[i].start for i in found.start]
    assert len(found.start) < len(found.functions)


@pytest.mark.parametrize("layout", [1, 2, 3])
def test_addresses_are_no_part_of_a_function(layout: int) -> None:
    code = msgspec.structs.replace(SPEC.code or CodeSpec(), layout=layout)
    moved = facts(build_pe(msgspec.structs.replace(SPEC, code=code), 3))
    assert hashes(moved) == hashes(facts(DATA))
    assert [each.start for each in moved.functions] != [each.start for each in facts(DATA).functions]


def test_without_unwind_data_padding_tells() -> None:
    found = facts(build_pe(PeSpec(machine=Machine.X86, functions=24), 1))
    assert (len(found.functions), found.told_by) == (24, "padding")
    assert all(each.size < 32 for each in found.functions)


def test_the_rows_hide_nothing() -> None:
    """Functions that no row covers are found by the padding before them."""
    blind = bytearray(DATA)
    header = read_header(memoryview(DATA))
    struct.pack_into("<II", blind, header.directories_offset + 8 * EXCEPTION, 0, 0)
    found = facts(blind)
    assert found.told_by == "padding"
    assert len({*hashes(found)} & {*hashes(facts(DATA))}) > 20


def test_what_is_no_machine_code_is_said() -> None:
    other = bytearray(DATA)
    struct.pack_into("<H", other, read_header(memoryview(DATA)).pe_offset + 4, 0x01C4)
    assert facts(other).not_evaluated == "machine code for arm"
    assert facts(other).functions == ()


@given(st.lists(st.tuples(st.integers(0, 1 << 32 - 1), st.integers(0, 1 << 32 - 1)), max_size=40))
@settings(max_examples=25, deadline=None)
def test_rows_that_lie_cost_nothing(rows: list[tuple[int, int]]) -> None:
    data = bytearray(DATA)
    header = read_header(memoryview(DATA))
    section = next(s for s in header.sections if s.name == ".pdata")
    for number, (begin, end) in enumerate(rows):
        struct.pack_into("<II", data, section.raw_offset + 12 * number, begin & 0xFFFFFFFF, end & 0xFFFFFFFF)
    found = facts(data)
    text = next(s for s in header.sections if s.name == ".text")
    assert found.code_bytes <= text.raw_size
    ends = [(each.start, each.start + each.size) for each in found.functions]
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(ends))


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_any_flipped_byte_is_a_reading_or_a_format_error(offset: int, flip: int) -> None:
    data = bytearray(DATA)
    data[offset] ^= flip
    with contextlib.suppress(FormatError):
        assert isinstance(facts(data), FunctionFacts)


def test_it_is_read_only_where_something_is_compared() -> None:
    assert EXTRACTOR.stage == "deep"
