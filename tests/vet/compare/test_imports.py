"""What a program newly uses of others."""

from __future__ import annotations

from compare_kit import compared, pe_facts

from unrig.drill.build.pe_spec import PeSpec
from unrig.vet.compare.imports import COMPARISON


def test_functions_libraries_and_what_they_allow() -> None:
    before = pe_facts(PeSpec(imports={"KERNEL32.dll": ("GetTickCount", "CreateFileW")}))
    after = pe_facts(PeSpec(imports={"kernel32.dll": ("CreateFileW", "VirtualProtect"), "WS2_32.dll": ("#115",)}))
    found = compared(COMPARISON, before, after)
    assert found["imports.libraries"].come == ("ws2_32.dll",)
    assert found["imports.functions"].come == ("kernel32.dll!VirtualProtect", "ws2_32.dll!#115")
    assert found["imports.functions"].gone == ("kernel32.dll!GetTickCount",)
    assert found["imports.behaviour"].what == "imports let it: 1 new (makes memory executable)"


def test_the_case_and_the_order_of_libraries_mean_nothing() -> None:
    before = pe_facts(PeSpec(imports={"KERNEL32.dll": ("A1",), "USER32.dll": ("B1",)}))
    after = pe_facts(PeSpec(imports={"user32.dll": ("B1",), "kernel32.DLL": ("A1",)}))
    assert compared(COMPARISON, before, after) == {}
