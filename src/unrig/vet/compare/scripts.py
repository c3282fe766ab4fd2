"""What a script or package newly runs, reaches and is able to do, and what kind of script it is."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.rule import Inspection
from unrig.model.script import ScriptFacts
from unrig.vet.differing import keyed, single


def compare(before: ScriptFacts, after: ScriptFacts) -> Iterator[Difference]:
    """Yield commands, abilities and a language that only one side has."""
    yield from single("scripts.language", "script", before.language, after.language)
    yield from keyed("scripts.runs", "runs by itself", _runs(before), _runs(after))
    yield from keyed("scripts.abilities", "able to", _abilities(before), _abilities(after))
    yield from single("scripts.package", "package", before.name, after.name)


def _runs(facts: ScriptFacts) -> set[str]:
    return {f"{each.when}: {each.command}" for each in facts.runs}


def _abilities(facts: ScriptFacts) -> set[str]:
    return {each.capability.value.replace("_", " ") for each in facts.capabilities}


COMPARISON = Inspection(id="scripts", reads=ScriptFacts, compare=compare)
