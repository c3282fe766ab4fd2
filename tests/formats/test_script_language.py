from __future__ import annotations

import pytest

from unrig.formats.script_language import candidates, worth_asking


def told(text: str) -> tuple[str, ...]:
    return candidates(memoryview(text.encode()))


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("#!/usr/bin/env node\n", "javascript"),
        ("#!/usr/bin/python3.11 -u\n", "python"),
        ("#!/bin/bash -e\n", "shell"),
        ("#!/usr/bin/env pwsh\n", "powershell"),
    ],
)
def test_the_first_line_speaks_first(line: str, language: str) -> None:
    assert told(line + "import os\nrequire('child_process')") == (language,)


def test_a_text_with_no_such_word_is_not_asked() -> None:
    assert told("import os\n\ndef f(x):\n    return x\n") == ()
    assert worth_asking(memoryview(b"def f(x): pass")) == set()
    assert "python" in worth_asking(memoryview(b"import SubProcess"))


def test_words_in_utf_16_count() -> None:
    assert "batch" in worth_asking(memoryview("@ECHO OFF".encode("utf-16-le")))


def test_a_text_of_two_languages_is_asked_in_order() -> None:
    both = "import socket\nconst a = require('child_process')\nexec('x')\n"
    assert told(both) == ("python", "javascript")
