"""Facts about constant waits: those of a minute and more; what is not looked at is said."""

from __future__ import annotations

import pytest

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, Mention, PeSpec
from unrig.model.errors import FormatError
from unrig.vet.facts import waits as unit
from unrig.vet.facts.waits import EXTRACTOR, extract


def program(*lengths: int) -> memoryview:
    mentions = tuple(
        Mention(function=number, imports=("KERNEL32.dll!Sleep",), argument=length)
        for number, length in enumerate(lengths, 1)
    )
    spec = PeSpec(imports={"KERNEL32.dll": ("Sleep",)}, code=CodeSpec(functions=20, mentions=mentions))
    return memoryview(build_pe(spec, 1))


def test_waits_of_a_minute_and_more_by_address() -> None:
    facts = extract(program(59_999, 60_000, 86_400_000))
    assert [(wait.function, wait.milliseconds) for wait in facts.waits] == [("Sleep", 60_000), ("Sleep", 86_400_000)]
    assert [wait.address for wait in facts.waits] == sorted(wait.address for wait in facts.waits)
    assert facts.not_evaluated == ""


def test_a_program_without_any() -> None:
    assert extract(memoryview(build_pe(PeSpec(), 1))).waits == ()


def test_large_programs_are_not_looked_at_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "MAX_CODE", 16)
    assert extract(program(60_000)).not_evaluated == "more than 16 bytes of code"


def test_what_is_no_program() -> None:
    with pytest.raises(FormatError):
        extract(memoryview(b"MZ"))
    assert EXTRACTOR.stage == "deep"
