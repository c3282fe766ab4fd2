"""Functions of JavaScript by its syntax tree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.code import ScriptFunctions
from unrig.vet.facts import script_functions
from unrig.vet.facts.script_functions import extract

SCRIPT = """
const fs = require("fs");
function load(name) { return fs.readFileSync(name); }
class Player { play(x) { return [1, 2].map((y) => y * x); } }
module.exports = { load, Player };
"""


def facts(text: str) -> ScriptFunctions:
    return extract(memoryview(text.encode()))


def hashes(text: str) -> list[str]:
    return [each.hash for each in facts(text).functions]


def test_each_function_and_what_stands_outside() -> None:
    found = facts(SCRIPT).functions
    texts = [SCRIPT[each.start : each.start + each.size][:12] for each in found]
    assert texts == [SCRIPT[:12], "function loa", "play(x) { re", "(y) => y * x"]


def test_layout_and_comments_are_no_part_of_it() -> None:
    other = SCRIPT.replace("{ ", "{\n\t// why\n\t").replace(";", " ;\n/* more */")
    assert hashes(other) == hashes(SCRIPT)


def test_a_change_is_counted_where_it_is() -> None:
    same = [one == other for one, other in zip(hashes(SCRIPT), hashes(SCRIPT.replace("y * x", "y + x")), strict=True)]
    assert same == [True, True, True, False]


def test_other_texts_and_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert facts("Name: x\nVersion: 1\n").functions == ()
    monkeypatch.setattr(script_functions, "LONGEST", 10)
    assert facts(SCRIPT).not_evaluated == "a script of more than 10 bytes"


@given(st.text(alphabet="(){}=>;,'`function class x\n", max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(text: str) -> None:
    assert isinstance(extract(memoryview(("const a = require('x');\n" + text).encode())), ScriptFunctions)
