from __future__ import annotations

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.vet.facts.markers import EXTRACTOR
from unrig.vet.reading import extractors_for


def test_a_program_says_what_it_touches() -> None:
    data = build_pe(PeSpec(strings=("places.sqlite",), wide_strings=("Win32_ComputerSystem",)), 1)
    facts = EXTRACTOR.extract(memoryview(data))
    assert [(m.kind, m.text) for m in facts.markers] == [
        ("browser_stores", "places.sqlite"),
        ("system_survey", "Win32_ComputerSystem"),
    ]
    for marker in facts.markers:
        raw = data[marker.offset : marker.offset + marker.length]
        assert raw.replace(b"\0", b"").decode() == marker.text


def test_an_ordinary_program_says_nothing() -> None:
    assert EXTRACTOR.extract(memoryview(build_pe(PeSpec(), 1))).markers == ()


def test_programs_of_every_system_and_texts_are_read() -> None:
    assert all(EXTRACTOR in extractors_for(kind) for kind in ("pe", "elf", "macho", "text"))
    assert EXTRACTOR not in extractors_for("png")
