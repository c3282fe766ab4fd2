"""Which packages a package newly asks for, no longer asks for, or asks for in another version or from another place."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.dependencies import DependencyFacts
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed


def compare(before: DependencyFacts, after: DependencyFacts) -> Iterator[Difference]:
    """Yield names that only one side asks for, then what is asked of those that both do."""
    yield from keyed("dependencies.names", "dependencies", before.requires, after.requires)
    both = before.requires.keys() & after.requires.keys()
    old, new = ({f"{name} {side.requires[name]}" for name in both} for side in (before, after))
    yield from keyed("dependencies.versions", "dependencies asked for", old, new)


COMPARISON = Inspection(id="dependencies", reads=DependencyFacts, compare=compare)
