"""Lines that Python runs at its start, as its own module `site` would choose them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.python_startup import MOST, startup_lines
from unrig.model.python_startup import StartupLine


def lines(text: str) -> list[StartupLine]:
    return list(startup_lines(memoryview(text.encode())))


def test_lines_that_begin_with_import_and_a_blank_are_code() -> None:
    text = "# comment\nphone/lib\nimport os, phone.start; x()\nimport\tsys\n import json\nimportlib\n"
    first, second = lines(text)
    assert (first.text, first.modules, first.reaches) == ("import os, phone.start; x()", ("os", "phone.start"), ())
    assert text.encode()[first.span.offset :].startswith(b"import os")
    assert second.modules == ("sys",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import os; os.system('x')", ("os.system",)),
        ("import os; os . popen('x')", ("os . popen",)),
        ("import base64; exec(base64.b64decode('eA=='))", ("b64decode",)),
        ("import urllib.request as u", ("urllib",)),
        ("import sys; sys.path.insert(0, 'socketry')", ()),
    ],
)
def test_words_that_reach_further_are_told(line: str, words: tuple[str, ...]) -> None:
    [found] = lines(f"\ufeff{line}\r\n")
    assert found.reaches == words


def test_a_long_source_is_no_list_of_folders() -> None:
    assert lines("import os\n" + "x = 1\n" * 256) == []
    assert len(lines("# padding\n" * 300 + "import os\n" * 20)) == MOST


@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    for line in startup_lines(memoryview(b"import os\n" + data)):
        assert line.text.startswith("import")
