"""Which functions of two programs differ: matched by their code, paired by their neighbours, then by their size.

Functions have no names in a finished program. Those with equal normalised code are the same; of the others, two that
stand behind the same unchanged function on both sides are one function that changed, and so are two of about the same
size where a linker has put them in another order. The rest is new or gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from unrig.model.code import Function

SLACK = 16
"""Bytes by which two functions that count as one may differ, besides a quarter of their size."""


class Pairing(Struct, frozen=True):
    """What differs between two lists of functions."""

    changed: tuple[tuple[Function, Function], ...]
    gone: tuple[Function, ...]
    come: tuple[Function, ...]


def pair(old: Sequence[Function], new: Sequence[Function]) -> Pairing:
    """Return the functions that changed, are gone and have come; swapping the sides swaps them."""
    once = _once(old) & _once(new)
    waiting = _unmatched(old, new, once)
    arrived = _unmatched(new, old, once)
    changed = [
        both
        for anchor in waiting.keys() & arrived.keys()
        for both in zip(waiting[anchor], arrived[anchor], strict=False)
    ]
    gone = [each for anchor, some in waiting.items() for each in some[len(arrived.get(anchor, ())) :]]
    come = [each for anchor, some in arrived.items() for each in some[len(waiting.get(anchor, ())) :]]
    alike = _alike(gone, come)
    taken = {id(each) for both in alike for each in both}
    return Pairing(
        tuple(sorted([*changed, *alike], key=lambda both: (both[0].start, both[1].start))),
        _in_order([each for each in gone if id(each) not in taken]),
        _in_order([each for each in come if id(each) not in taken]),
    )


def _alike(gone: Sequence[Function], come: Sequence[Function]) -> list[tuple[Function, Function]]:
    """Pair functions of about the same size, the smallest first."""
    old, new = (sorted(some, key=lambda each: (each.size, each.hash)) for some in (gone, come))
    pairs: list[tuple[Function, Function]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        small, large = sorted((old[i].size, new[j].size))
        if large - small <= SLACK + large // 4:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif old[i].size < new[j].size:
            i += 1
        else:
            j += 1
    return pairs


def _in_order(functions: Sequence[Function]) -> tuple[Function, ...]:
    return tuple(sorted(functions, key=lambda each: each.start))


def _once(functions: Sequence[Function]) -> set[str]:
    """Return the hashes that exactly one function has."""
    return {told for told, count in Counter(each.hash for each in functions).items() if count == 1}


def _unmatched(ours: Sequence[Function], theirs: Sequence[Function], once: set[str]) -> dict[str, list[Function]]:
    """Return our functions that the other side has no equal of, by the unique function before them.

    Of several equal ones the first are matched: as many as the other side has.
    """
    left = Counter(each.hash for each in theirs)
    found: dict[str, list[Function]] = {}
    anchor = ""
    for each in ours:
        if left[each.hash] > 0:
            left[each.hash] -= 1
            anchor = each.hash if each.hash in once else anchor
        else:
            found.setdefault(anchor, []).append(each)
    return found
