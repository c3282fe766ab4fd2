"""Which functions of a program changed, are new or gone, and what the changed ones newly do.

A function is what it does: its code without the addresses a linker chose. `functions.changed` counts them,
`functions.start` says that one of those changed that run first (its counts are the same), `functions.behaviour` what a changed or new function
does that no function of its did before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from unrig.model.behaviour import behaviours
from unrig.model.change import MAX_KEYS, Counts, Difference
from unrig.model.code import Function, FunctionFacts
from unrig.model.rule import Inspection
from unrig.vet.differing import keyed
from unrig.vet.functions_diff import Pairing, pair

TELLING = 2
"""Behaviours of one function that are worth a word together: reading a file alone is what most programs do."""


def compare(before: FunctionFacts, after: FunctionFacts) -> Iterator[Difference]:
    """Yield what differs in the code of two programs; nothing where it is the same function by function."""
    if before.not_evaluated or after.not_evaluated:
        reason = after.not_evaluated or before.not_evaluated
        yield Difference(property="functions.not_compared", what=f"functions: not compared: {reason}")
        return
    found = pair(before.functions, after.functions)
    if not (found.changed or found.gone or found.come):
        return
    acts = _acts(before, after, found)
    counted = _counted(before, after, found, acts)
    yield counted
    for start in keyed("functions.start", "run-time start", _first(before, after), _first(after, before)):
        yield msgspec.structs.replace(start, counts=counted.counts)
    yield from keyed("functions.behaviour", "behaviour in one function", _together(before), _together(after))


def _counted(before: FunctionFacts, after: FunctionFacts, found: Pairing, acts: Sequence[str]) -> Difference:
    said = [f"{len(found.changed):,} of {len(after.functions):,} changed"] if found.changed else []
    said += [f"{len(some):,} {word}" for some, word in ((found.come, "new"), (found.gone, "gone")) if some]
    return Difference(
        property="functions.changed",
        what=f"functions: {', '.join([*said, *acts])}",
        gone=_keys([*(old for old, _ in found.changed), *found.gone]),
        come=_keys([*(new for _, new in found.changed), *found.come]),
        counts=Counts(
            before=len(before.functions),
            after=len(after.functions),
            changed=len(found.changed),
            gone=len(found.gone),
            come=len(found.come),
        ),
    )


def _keys(functions: Sequence[Function]) -> tuple[str, ...]:
    return tuple(f"{each.start:#x}" for each in sorted(functions, key=lambda each: each.start)[:MAX_KEYS])


def _acts(before: FunctionFacts, after: FunctionFacts, found: Pairing) -> list[str]:
    """Return what changed and new functions do together in one, that they did not do before."""
    pairs = [*found.changed, *((None, new) for new in found.come)]
    gained = {
        " and ".join(sorted(now))
        for old, new in pairs
        if len(now := _does(after, new)) >= TELLING and now - (_does(before, old) if old else frozenset())
    }
    return [f"one {acts}" for acts in sorted(gained)]


def _does(facts: FunctionFacts, function: Function) -> frozenset[str]:
    return behaviours(facts.imports[index] for index in function.imports)


def _together(facts: FunctionFacts) -> set[str]:
    """Return the pairs of behaviours that stand in one function."""
    found = (_does(facts, each) for each in facts.functions if len(each.imports) >= TELLING)
    return {" and ".join(sorted(acts)) for acts in found if len(acts) >= TELLING}


def _first(ours: FunctionFacts, theirs: FunctionFacts) -> set[str]:
    """Return those of our functions that run first and that the other side has no equal of, by their code."""
    known = {each.hash for each in theirs.functions}
    return {ours.functions[i].hash for i in ours.start if ours.functions[i].hash not in known}


COMPARISON = Inspection(id="functions", reads=FunctionFacts, compare=compare)
