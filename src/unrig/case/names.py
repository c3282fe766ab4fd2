"""Names of actors across naming schemes, as each scheme relates them: nothing is inferred, nothing is closed.

That A is the same as B for one scheme, and B the same as C for another, does not make A and C the same: the public
maps contradict each other, so every relation stays with who said it, and contradictions are shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from unrig.model.claim import NameRelation


class NameConflict(Struct, frozen=True, kw_only=True):
    """One name that schemes place differently, with the ids of the relations that cannot all hold."""

    name: str
    relations: tuple[str, ...]
    says: str


def merge(*sets: Iterable[NameRelation]) -> tuple[NameRelation, ...]:
    """Return every different relation once, sorted: a union, so no order of merging matters."""
    found = {relation.id: relation for relations in sets for relation in relations}
    return tuple(found[key] for key in sorted(found, key=lambda key: (found[key].subject, found[key].object, key)))


def conflicts(relations: Iterable[NameRelation]) -> tuple[NameConflict, ...]:
    """Return the names that different sources put into different places, and the pairs that one says to be disputed."""
    all_relations = merge(relations)
    return (*_placed_apart(all_relations), *_disputed(all_relations))


def _placed_apart(relations: Iterable[NameRelation]) -> Iterable[NameConflict]:
    """Yield names that several schemes put into their catalogues: under which of the two names there, they differ."""
    homes: defaultdict[str, list[NameRelation]] = defaultdict(list)
    for relation in relations:
        if relation.kind != "disputed":
            for name, other in ((relation.subject, relation.object), (relation.object, relation.subject)):
                if _scheme(other) == relation.scheme != _scheme(name):
                    homes[name].append(relation)
    for name, said in sorted(homes.items()):
        if len({relation.scheme for relation in said}) > 1:
            yield _conflict(name, said)


def _disputed(relations: tuple[NameRelation, ...]) -> Iterable[NameConflict]:
    for relation in relations:
        if relation.kind == "disputed":
            pair = {relation.subject, relation.object}
            same = [other for other in relations if {other.subject, other.object} == pair and other is not relation]
            yield _conflict(relation.subject, [relation, *same])


def _conflict(name: str, said: Iterable[NameRelation]) -> NameConflict:
    said = sorted(said, key=lambda relation: (relation.scheme, relation.id))
    parts = (f"{one.scheme} says {one.subject} {one.kind.replace('_', ' ')} {one.object}" for one in said)
    return NameConflict(name=name, relations=tuple(one.id for one in said), says="; ".join(parts))


def _scheme(name: str) -> str:
    return name.partition(":")[0]
