"""Which functions changed, whatever the linker did to the others."""

from __future__ import annotations

import msgspec
import pytest
from compare_kit import compared, function_facts
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe_spec import CodeSpec, Machine, Mention, PeSpec
from unrig.model.code import Function, FunctionFacts
from unrig.vet.compare.functions import COMPARISON, compare

LOADER = {"KERNEL32.dll": ("CreateFileW", "ReadFile", "VirtualProtect", "GetTickCount")}


def facts(*, imports: dict[str, tuple[str, ...]] = LOADER, **code: object) -> FunctionFacts:
    return function_facts(PeSpec(imports=imports, code=msgspec.convert(code, CodeSpec)))


PLAIN = facts(functions=60)


@given(layout=st.integers(0, 9))
@settings(max_examples=6, deadline=None)
def test_another_layout_changes_no_function(layout: int) -> None:
    assert compared(COMPARISON, PLAIN, facts(functions=60, layout=layout)) == {}


@given(st.sets(st.integers(1, 59), min_size=1, max_size=5), st.integers(0, 3))
@settings(max_examples=12, deadline=None)
def test_every_changed_function_is_counted_and_no_other(changed: set[int], layout: int) -> None:
    found = compared(COMPARISON, PLAIN, facts(functions=60, changed=sorted(changed), layout=layout))
    counts = found["functions.changed"].counts
    assert counts is not None
    assert (counts.before, counts.after, counts.changed + counts.come) == (60, 60, len(changed))


def test_a_new_function_and_what_it_does() -> None:
    named = Mention(function=60, imports=("KERNEL32.dll!ReadFile", "KERNEL32.dll!VirtualProtect"))
    found = compared(COMPARISON, PLAIN, facts(functions=60, added=1, mentions=[msgspec.to_builtins(named)]))
    assert found["functions.changed"].what == ("functions: 1 new, one makes memory executable and reads a file")
    assert found["functions.behaviour"].come == ("makes memory executable and reads a file",)


def test_one_behaviour_alone_is_not_worth_a_word() -> None:
    named = Mention(function=60, imports=("KERNEL32.dll!ReadFile", "KERNEL32.dll!GetTickCount"))
    found = compared(COMPARISON, PLAIN, facts(functions=60, added=1, mentions=[msgspec.to_builtins(named)]))
    assert [*found] == ["functions.changed"]


def test_a_changed_start_is_told_apart() -> None:
    first = compared(COMPARISON, PLAIN, facts(functions=60, changed=[0]))
    assert "functions.start" in first
    last = compared(COMPARISON, PLAIN, facts(functions=60, changed=[59]))
    assert "functions.start" not in last


def test_another_compiler_changes_nearly_all() -> None:
    counts = compared(COMPARISON, PLAIN, facts(functions=60, compiler=1))["functions.changed"].counts
    assert counts is not None
    assert counts.changed + counts.come > 40


def test_what_cannot_be_compared_is_said() -> None:
    missing = FunctionFacts(not_evaluated="code of .NET, which is no machine code")
    (found,) = compare(PLAIN, missing)
    assert (found.property, found.what) == (
        "functions.not_compared",
        "functions: not compared: code of .NET, which is no machine code",
    )


@pytest.mark.parametrize("machine", [Machine.X64, Machine.X86])
def test_either_machine_shows_a_change_in_the_middle(machine: Machine) -> None:
    before = function_facts(PeSpec(machine=machine, functions=24))
    after = function_facts(PeSpec(machine=machine, functions=24, code_variant=1, changed_function=20))
    counts = compared(COMPARISON, before, after)["functions.changed"].counts
    assert counts is not None
    assert 1 <= counts.changed + counts.come <= 4


CODE = st.lists(st.builds(Function, st.just(0), st.integers(1, 90), st.sampled_from("abcdefg")), max_size=12)


def placed(functions: list[Function]) -> FunctionFacts:
    return FunctionFacts(
        functions=tuple(Function(32 * i, f.size, f.hash) for i, f in enumerate(functions)),
        start=(0,) if functions else (),
    )


@given(CODE, CODE)
def test_any_two_programs_compare_the_same_both_ways(before: list[Function], after: list[Function]) -> None:
    old, new = placed(before), placed(after)
    if any(True for _ in compare(old, old)):
        raise AssertionError
    for there, back in zip(compare(old, new), compare(new, old), strict=True):
        assert (there.property, there.gone, there.come) == (back.property, back.come, back.gone)
