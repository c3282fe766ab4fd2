"""Code for ARM64: whatever a linker chose is gone, whatever a programmer chose stays, and rows that lie cost nothing."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, PeSpec
from unrig.formats import code_arm64
from unrig.formats.code_arm64 import callees, import_calls, normalise
from unrig.formats.pe import EXCEPTION, read_header
from unrig.formats.pe_code import Stretch
from unrig.model.code import FunctionFacts
from unrig.vet.facts.functions import extract

RET, NOP, BRK = 0xD65F03C0, 0xD503201F, 0xD4200020
STACK = 0xA9BF7BFD  # stp x29, x30, [sp, #-16]!
ADRP, ADD, LDR, LDR_OTHER = 0x90000008, 0x91004108, 0xF9400908, 0xF9400928  # of x8; the last one of x9
CALL, JUMP, BACK = 0x94000010, 0x14000010, 0x17FFFFFF
MOV = 0x52800140  # mov w0, #10
DATA = build_pe(PeSpec(code=CodeSpec(functions=30)), 3)


def code(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


def one(*words: int) -> str:
    return normalise([code(*words)])[0].hash


@pytest.mark.parametrize(
    ("some", "other"),
    [
        ((CALL, RET), (0x94ABCDEF, RET)),
        ((JUMP,), (0x14000123,)),
        ((ADRP, NOP), (0xF0001228, NOP)),
        ((ADRP, ADD, RET), (ADRP, 0x913FFD08, RET)),
        ((ADRP, NOP, LDR, RET), (0xB0001008, NOP, 0xF97FFD08, RET)),
        ((0x58000040, RET), (0x58FFFFC0, RET)),
    ],
)
def test_what_a_linker_chose_is_gone(some: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert one(*some) == one(*other)


@pytest.mark.parametrize(
    ("some", "other"),
    [
        ((MOV, RET), (MOV + (1 << 5), RET)),
        ((ADD, RET), (ADD + (1 << 10), RET)),
        ((ADRP, LDR_OTHER, RET), (ADRP, LDR_OTHER + (1 << 10), RET)),
        ((NOP, BACK, RET), (NOP, NOP, RET)),
        ((0x54000040, NOP, RET), (0x54000020, NOP, RET)),
        ((ADRP, RET), (ADRP + 1, RET)),
    ],
)
def test_what_a_programmer_chose_stays(some: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert one(*some) != one(*other)


@pytest.mark.parametrize(("last", "ends"), [(RET, True), (BRK, True), (JUMP, True), (0xD61F0100, True), (NOP, False)])
def test_what_ends_a_function(last: int, ends: bool) -> None:
    assert normalise([code(MOV, last)])[0].ends is ends


def test_loads_of_imported_addresses_and_whom_a_function_calls() -> None:
    page_of_2000 = 0xB0000008 + 0  # adrp x8, one page on: 0x1000 -> 0x2000
    stretch = Stretch(0x1000, code(NOP, page_of_2000, 0xF9400D08, 0xD63F0100, RET, NOP, NOP))
    found = import_calls(stretch, {0x2018: "ReadFile", 0x2020: "Sleep"})
    assert (found.addresses, found.slots) == ((0x1004,), (0x2018,))
    assert import_calls(stretch, {}).slots == ()
    assert list(callees(code(NOP, CALL, BACK), 0x1000)) == [0x1044, 0x1004]


def program(*functions: tuple[int, ...], packed: bool = True, rows: list[tuple[int, int]] | None = None) -> bytes:
    """Return a PE for ARM64 with these functions, one behind the other, and a row of unwind data for each."""
    data = bytearray(DATA)
    header = read_header(memoryview(DATA))
    text, unwind = (next(s for s in header.sections if s.name == name) for name in (".text", ".pdata"))
    data[text.raw_offset : text.raw_offset + text.raw_size] = bytes(text.raw_size)
    address, made = text.virtual_address, []
    for words in functions:
        at = text.raw_offset + address - text.virtual_address
        data[at : at + 4 * len(words)] = code(*words)
        if packed:
            made.append((address, 1 | len(words) << 2))
        else:
            spot = unwind.raw_size // 2 + 4 * len(made)
            struct.pack_into("<I", data, unwind.raw_offset + spot, len(words) | 7 << 18)
            made.append((address, unwind.virtual_address + spot))
        address += 4 * len(words)
    for number, row in enumerate(rows if rows is not None else made):
        struct.pack_into("<II", data, unwind.raw_offset + 8 * number, *row)
    size = 8 * len(rows if rows is not None else made)
    struct.pack_into("<II", data, header.directories_offset + 8 * EXCEPTION, unwind.virtual_address, size)
    struct.pack_into("<H", data, header.pe_offset + 4, 0xAA64)
    return bytes(data)


def facts(data: bytes) -> FunctionFacts:
    return extract(memoryview(data))


THREE = ((STACK, MOV, RET), (STACK, CALL, MOV, RET), (STACK, NOP, NOP, NOP, RET))


@pytest.mark.parametrize("packed", [True, False])
def test_each_function_once_by_either_kind_of_row(packed: bool) -> None:
    found = facts(program(*THREE, packed=packed))
    assert (found.told_by, found.not_evaluated) == ("unwind", "")
    assert [each.size for each in found.functions] == [12, 16, 20]


def test_what_no_row_covers_is_cut_where_calls_land() -> None:
    found = facts(program((STACK, 0x94000003, RET, NOP), (MOV, RET), (MOV, RET), rows=[]))
    assert found.told_by == "padding"
    assert [each.size for each in found.functions] == [12, 16]


def test_another_constant_is_one_changed_function() -> None:
    old, new = facts(program(*THREE)), facts(program(THREE[0], (STACK, CALL, MOV + (1 << 5), RET), THREE[2]))
    differs = [one.hash != other.hash for one, other in zip(old.functions, new.functions, strict=True)]
    assert differs == [False, True, False]


@given(st.lists(st.tuples(st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1)), max_size=30))
@settings(deadline=None, max_examples=40)
def test_rows_that_lie_cost_nothing(rows: list[tuple[int, int]]) -> None:
    found = facts(program(*THREE, rows=rows))
    text = next(s for s in read_header(memoryview(DATA)).sections if s.name == ".text")
    assert found.code_bytes <= text.raw_size
    ends = [(each.start, each.start + each.size) for each in found.functions]
    assert all(low[1] <= high[0] for low, high in itertools.pairwise(ends))


@given(st.lists(st.binary(max_size=60), max_size=6))
@settings(deadline=None, max_examples=60)
def test_any_bytes_are_read(pieces: list[bytes]) -> None:
    found = normalise(pieces)
    assert [each.decoded for each in found] == [len(piece) // code_arm64.WORD * code_arm64.WORD for piece in pieces]
