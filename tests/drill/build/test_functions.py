"""Capstone and LIEF, which share no line with the writer, find inert functions, and only what was set apart changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import capstone
import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from unrig.drill.build import _x64 as x64
from unrig.drill.build.functions import Code, compiled
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, ExportSpec, Machine, Mention, PeSpec
from unrig.drill.build.signing import Flaw, SigningSpec, signed_pe

Parse = Callable[[bytes], lief.PE.Binary]
SEED, RVA = 5, 0x1000
READS = ("KERNEL32.dll!CreateFileW", "KERNEL32.dll!VirtualProtect")
IMPORTS = {"USER32.dll": ("MessageBoxW",), "KERNEL32.dll": ("CreateFileW", "Sleep", "VirtualProtect")}
RECKON = {"mov", "add", "sub", "xor", "and", "or", "imul", "shl", "lea", "test"}
FRAME = {"push", "pop"}
ADDRESS = re.compile(r"0x[0-9a-f]{4,}|rip [+-] 0x[0-9a-f]+")


def disassembled(code: Code, number: int) -> Iterator[capstone.CsInsn]:
    engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    start, end = code.starts[number], code.ends[number]
    found = list(engine.disasm(code.data[start - RVA : end - RVA], start))
    assert sum(each.size for each in found) == end - start, "every byte is an instruction"
    yield from found


def normal(code: Code, number: int) -> tuple[str, ...]:
    """Return a function's instructions without the addresses in them."""
    return tuple(f"{each.mnemonic} {ADDRESS.sub('*', each.op_str)}" for each in disassembled(code, number))


def made(seed: int = SEED, **changes: object) -> Code:
    spec = structs.replace(CodeSpec(functions=60), **changes)
    return compiled(PeSpec(imports=IMPORTS, code=spec), spec, RVA, seed)


def called(code: Code, number: int) -> set[int]:
    targets = {int(each.op_str, 16) for each in disassembled(code, number) if each.mnemonic == "call"}
    assert targets <= set(code.starts)
    return {code.starts.index(target) for target in targets}


def check_inert(code: Code, number: int, *, called_from_anywhere: bool) -> None:
    """A function moves, reckons, jumps forward within itself, calls deeper ones, and returns at its end."""
    found = list(disassembled(code, number))
    assert found[-1].mnemonic == "ret"
    assert [each.mnemonic for each in found].count("ret") == 1
    for each in found:
        first, _, _ = each.op_str.partition(",")
        if each.mnemonic == "je":
            assert each.address < int(each.op_str, 16) < code.ends[number]
        elif each.mnemonic == "call":
            target = code.starts.index(int(each.op_str, 16))
            assert target % 4 > number % 4 or called_from_anywhere
        else:
            assert each.mnemonic in RECKON | FRAME | {"ret"}, each
            assert "[" not in first, f"nothing is written: {each}"
            assert "rsp" not in first or each.mnemonic in {"add", "sub"}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 9), st.integers(0, 9))
def test_functions_only_move_reckon_and_return(seed: int, compiler: int, layout: int) -> None:
    code = made(seed, compiler=compiler, layout=layout, changed=(0, 7), added=2, caller=0)
    for number in range(62):
        check_inert(code, number, called_from_anywhere=number == 0)


def test_calls_end() -> None:
    code = made(functions=200)
    edges = {number: called(code, number) for number in range(200)}
    assert sum(map(len, edges.values())) > 40
    assert all(each % 4 > number % 4 for number, targets in edges.items() for each in targets)


def test_what_a_function_reads_are_constants_behind_the_code() -> None:
    code = made()
    last = max(code.ends)
    for number in range(60):
        for each in disassembled(code, number):
            if "[rip" in each.op_str:
                at = each.address + each.size + int(re.search(r"rip ([+-] 0x\w+)", each.op_str)[1].replace(" ", ""), 16)
                assert last <= at < RVA + len(code.data)


def test_another_layout_moves_every_function_and_changes_none() -> None:
    before, after = made(), made(layout=4)
    assert before.starts[0] == after.starts[0] == RVA
    assert sum(one != other for one, other in zip(before.starts, after.starts, strict=True)) > 50
    assert before.data != after.data
    assert [normal(before, n) for n in range(60)] == [normal(after, n) for n in range(60)]


def test_only_the_changed_functions_change() -> None:
    before, after = made(), made(changed=(3, 20), change=2, layout=1)
    assert [n for n in range(60) if normal(before, n) != normal(after, n)] == [3, 20]
    assert normal(after, 3) != normal(made(changed=(3, 20), change=3), 3)


def test_another_compiler_changes_nearly_all() -> None:
    before, after = made(), made(compiler=1)
    assert sum(normal(before, n) != normal(after, n) for n in range(60)) > 55


def test_added_functions_are_called_by_their_caller_alone() -> None:
    before, after = made(), made(added=2, caller=0)
    assert [n for n in range(60) if normal(before, n) != normal(after, n)] == [0]
    assert {60, 61} <= called(after, 0)
    assert not any({60, 61} & called(after, n) for n in range(1, 62))


def test_a_mention_returns_before_it_names_anything(parse: Parse) -> None:
    code = CodeSpec(functions=20, added=1, caller=0, mentions=(Mention(function=20, imports=READS),))
    spec = PeSpec(imports=IMPORTS, code=code)
    built = compiled(spec, code, RVA, SEED)
    found = list(disassembled(built, 20))
    assert [each.mnemonic for each in found] == ["xor", "ret", "call", "call", "ret"]
    jumps = [each for n in range(21) for each in disassembled(built, n) if each.mnemonic == "je"]
    inside = range(built.starts[20] + 1, built.ends[20])
    assert not [each for each in jumps if int(each.op_str, 16) in inside]
    pe = parse(build_pe(spec, SEED))
    slots = {each.iat_address: each.name for library in pe.imports for each in library.entries}
    named = [each.address + each.size + int(re.search(r"0x\w+", each.op_str)[0], 16) for each in found[2:4]]
    assert [slots[at] for at in named] == ["CreateFileW", "VirtualProtect"]


def test_the_exception_directory_is_sorted_and_names_every_function(parse: Parse) -> None:
    code = CodeSpec(functions=40, layout=3)
    spec = PeSpec(code=code, exports=(ExportSpec(name="a"), ExportSpec(name="b")))
    built, pe = compiled(spec, code, RVA, SEED), parse(build_pe(spec, SEED))
    told = [(each.rva_start, each.rva_end) for each in pe.exceptions]
    assert told == sorted(zip(built.starts, built.ends, strict=True))
    assert pe.optional_header.addressof_entrypoint == built.starts[0]
    assert {each.address for each in pe.get_export().entries} == set(built.starts[1:3])


def test_unwind_information_fits_the_prologues(parse: Parse) -> None:
    spec = PeSpec(code=CodeSpec(functions=40))
    pe = parse(build_pe(spec, SEED))
    code = compiled(spec, spec.code, RVA, SEED)
    by_start = dict(zip(code.starts, range(40), strict=True))
    heads = {0: [], 4: ["sub"], 5: ["push", "sub"]}
    assert {each.unwind_info.sizeof_prologue for each in pe.exceptions} == set(heads)
    for each in pe.exceptions:
        head = heads[each.unwind_info.sizeof_prologue]
        found = [one.mnemonic for one in disassembled(code, by_start[each.rva_start])]
        assert found[: len(head)] == head
        assert each.unwind_info.count_opcodes == len(head)


def test_unwinding_frees_what_the_prologue_took() -> None:
    for frame in x64.FRAMES:
        version_flags, prologue, count, register = frame.unwind[:4]
        assert (version_flags, register) == (1, 0)
        codes = [frame.unwind[4 + 2 * n : 6 + 2 * n] for n in range(count)]
        taken = sum(8 * (info >> 4) + 8 if info & 15 == 2 else 8 for _, info in codes)
        assert taken == {0: 0, 4: 0x28, 5: 0x28}[prologue]
        assert len(frame.unwind) % 4 == 0


@pytest.mark.parametrize(
    "spec",
    [
        PeSpec(machine=Machine.X86, code=CodeSpec()),
        PeSpec(code=CodeSpec(functions=0)),
        PeSpec(code=CodeSpec(mentions=(Mention(function=1, imports=("A.dll!b",)),))),
    ],
)
def test_what_cannot_be_made_is_refused(spec: PeSpec) -> None:
    with pytest.raises(ValueError, match=r"for x64|is imported"):
        build_pe(spec, SEED)


def test_broken_code_is_broken_in_no_function() -> None:
    spec = PeSpec(code=CodeSpec(functions=9))
    good, broken = (signed_pe(spec, SigningSpec(flaw=flaw), SEED) for flaw in (Flaw.NONE, Flaw.CODE))
    last = 0x400 + len(compiled(spec, spec.code, RVA, SEED).data) - 1
    assert good[last] == x64.BREAK[0] != broken[last]
