"""Which functions of other libraries a program newly uses, no longer uses, and what that lets it do."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.behaviour import behaviours
from unrig.model.change import Difference
from unrig.model.pe import PeFacts
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed


def compare(before: PeFacts, after: PeFacts) -> Iterator[Difference]:
    """Yield the libraries and functions that only one side imports, and the behaviours that only one side has."""
    yield from keyed("imports.libraries", "imported libraries", _libraries(before), _libraries(after))
    yield from keyed("imports.functions", "imported functions", _functions(before), _functions(after))
    yield from keyed("imports.behaviour", "imports let it", _behaviours(before), _behaviours(after))


def _libraries(facts: PeFacts) -> set[str]:
    return {each.library.lower() for each in facts.imports}


def _functions(facts: PeFacts) -> set[str]:
    return {f"{each.library.lower()}!{name}" for each in facts.imports for name in each.functions}


def _behaviours(facts: PeFacts) -> frozenset[str]:
    return behaviours(name for each in facts.imports for name in each.functions)


COMPARISON = Inspection(id="imports", reads=PeFacts, compare=compare)
