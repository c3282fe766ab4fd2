"""An Electron program's archive: what it runs first, what stands beside it, and whether its integrity is covered."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.asar import AsarFacts
from unrig.model.change import Difference
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed, single


def compare(before: AsarFacts, after: AsarFacts) -> Iterator[Difference]:
    """Yield another first script, other files beside the archive, other executables, and lost integrity."""
    yield from single("asar.main", "runs first", _main(before), _main(after))
    yield from keyed("asar.unpacked", "files beside the archive", _unpacked(before), _unpacked(after))
    yield from keyed("asar.executables", "executables", before.executables, after.executables)
    yield from single("asar.integrity", "integrity", _integrity(before), _integrity(after))


def _main(facts: AsarFacts) -> str:
    return facts.entry_point.main if facts.entry_point else ""


def _unpacked(facts: AsarFacts) -> set[str]:
    return {each.path for each in facts.unpacked}


def _integrity(facts: AsarFacts) -> str:
    return "of every file" if not facts.without_integrity else "of some files" if facts.files else ""


COMPARISON = Inspection(id="asar", reads=AsarFacts, compare=compare)
