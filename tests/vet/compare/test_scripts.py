"""What a script newly does."""

from __future__ import annotations

from compare_kit import compared

from unrig.model.capability import Capability, Shown
from unrig.model.script import RunsAt, ScriptFacts
from unrig.vet.compare.scripts import COMPARISON


def test_a_hook_and_an_ability() -> None:
    before = ScriptFacts(language="package", name="x")
    after = ScriptFacts(
        language="package",
        name="x",
        runs=(RunsAt(when="postinstall", command="node setup.js"),),
        capabilities=(Shown(capability=Capability.LONG_SLEEP, text="setTimeout"),),
    )
    found = compared(COMPARISON, before, after)
    assert found["scripts.runs"].come == ("postinstall: node setup.js",)
    assert found["scripts.abilities"].come == ("long sleep",)


def test_another_language() -> None:
    found = compared(COMPARISON, ScriptFacts(language="javascript"), ScriptFacts(language=""))
    assert found["scripts.language"].what == "script: javascript became none"
