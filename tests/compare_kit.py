"""Facts of made-up files, and what every comparison of two files must hold to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from findings_kit import view

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.model.change import Change, ChangeKind, Difference, inside, inverse
from unrig.model.rule import Inspection
from unrig.vet.facts import functions, pe

T = TypeVar("T")
OLD, NEW = view("a.dll", "old").artifact, view("a.dll", "new").artifact
THERE = Change(kind=ChangeKind.CHANGED, before=OLD, after=NEW, family="file", what="")
BACK = inverse(THERE)


def compared(unit: Inspection, before: object, after: object) -> dict[str, Difference]:
    """Return the differences by property, once it is sure that they are the same the other way round."""
    assert isinstance(before, unit.reads)
    assert [*unit.compare(before, before)] == []
    assert [*unit.compare(after, after)] == []
    there = [inside(found, THERE) for found in unit.compare(before, after)]
    back = [inside(found, BACK) for found in unit.compare(after, before)]
    assert _sorted(map(inverse, there)) == _sorted(_silent(back))
    assert _sorted(map(inverse, map(inverse, there))) == _sorted(_silent(there))
    found = {each.property: each for each in unit.compare(before, after)}
    assert len(found) == len(there)
    return found


def _silent(changes: list[Change]) -> Iterator[Change]:
    return (inverse(inverse(change)) for change in changes)


def _sorted(changes: Iterator[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.property)


def pe_facts(spec: PeSpec, seed: int = 1) -> pe.PeFacts:
    return pe.extract(memoryview(build_pe(spec, seed)))


def function_facts(spec: PeSpec, seed: int = 1) -> functions.FunctionFacts:
    return functions.extract(memoryview(build_pe(spec, seed)))
