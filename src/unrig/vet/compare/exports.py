"""Which names a library newly offers, no longer offers, or hands on to another one."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.change import Difference
from unrig.model.pe import Export, PeFacts
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed, single


def compare(before: PeFacts, after: PeFacts) -> Iterator[Difference]:
    """Yield the exports that only one side has, those forwarded on one side only, and another name of its own."""
    yield from keyed("exports.names", "exports", _names(before), _names(after))
    yield from keyed("exports.forwarders", "forwarded exports", _forwarded(before), _forwarded(after))
    yield from single("exports.library", "name among its exports", before.export_name, after.export_name)


def _names(facts: PeFacts) -> set[str]:
    return {_name(each) for each in facts.exports}


def _forwarded(facts: PeFacts) -> set[str]:
    return {f"{_name(each)} to {each.forwarder}" for each in facts.exports if each.forwarder}


def _name(export: Export) -> str:
    return export.name or f"#{export.ordinal}"


COMPARISON = Inspection(id="exports", reads=PeFacts, compare=compare)
