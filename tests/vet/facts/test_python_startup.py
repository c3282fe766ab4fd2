"""The reader of lines that Python runs at its start."""

from __future__ import annotations

from unrig.vet.facts.python_startup import EXTRACTOR


def test_every_text_is_asked_for_such_lines() -> None:
    assert [line.text for line in EXTRACTOR.extract(memoryview(b"import phone\n")).lines] == ["import phone"]
    assert EXTRACTOR.extract(memoryview(b"phone\n")).lines == ()
    assert EXTRACTOR.formats == ("text",)
