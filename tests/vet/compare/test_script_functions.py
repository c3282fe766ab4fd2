"""Which functions of a script changed."""

from __future__ import annotations

from compare_kit import compared

from unrig.model.code import ScriptFunctions
from unrig.vet.compare.script_functions import COMPARISON, compare
from unrig.vet.facts.script_functions import extract

BEFORE = """const fs = require("fs");
function one() { return 1; }
function two() { return fs.readFileSync("a"); }
module.exports = { one, two };
"""
AFTER = BEFORE.replace('"a"', '"b"') + "function three() { one(); }\n"


def facts(text: str) -> ScriptFunctions:
    return extract(memoryview(text.encode()))


def test_changed_and_new_functions() -> None:
    found = compared(COMPARISON, facts(BEFORE), facts(AFTER))["script_functions.changed"]
    assert found.what == "script functions: 2 of 4 changed, 1 new"
    assert found.counts is not None
    assert (found.counts.before, found.counts.after) == (3, 4)


def test_another_layout_is_no_change() -> None:
    assert compared(COMPARISON, facts(BEFORE), facts(BEFORE.replace("\n", "\n\n"))) == {}


def test_what_is_too_long_is_said() -> None:
    (found,) = compare(facts(BEFORE), ScriptFunctions(not_evaluated="long"))
    assert found.what == "script functions: not compared: long"
