"""Sections that come, go or may do more."""

from __future__ import annotations

from compare_kit import compared, pe_facts

from unrig.drill.build.payload import Kind
from unrig.drill.build.pe_spec import PeSpec, SectionSpec
from unrig.vet.compare.sections import COMPARISON


def test_a_section_that_is_written_and_executed() -> None:
    after = pe_facts(PeSpec(sections=(SectionSpec(name=".stub", size=64, characteristics=0xE0000020),)))
    found = compared(COMPARISON, pe_facts(PeSpec()), after)
    assert found["sections.self_modifying"].come == (".stub",)
    assert found["sections.executable"].come == (".stub",)
    assert found["sections.access"].come == (".stub rwx",)


def test_a_section_that_became_random() -> None:
    spec = SectionSpec(name=".blob", size=1 << 15)
    before = pe_facts(PeSpec(sections=(spec,)))
    after = pe_facts(PeSpec(sections=(SectionSpec(name=".blob", size=1 << 15, kind=Kind.RANDOM),)))
    assert [*compared(COMPARISON, before, after)] == ["sections.random"]
