"""Two sets of keys laid beside each other, as every comparison does it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from unrig.model.change import MAX_KEYS, Counts, Difference

SHOWN = 3
"""Keys that a sentence names; the change lists more."""


def keyed(name: str, noun: str, before: Collection[str], after: Collection[str]) -> Iterator[Difference]:
    """Yield what only one side has, if anything: `noun` is what the keys are, in the plural."""
    old, new = set(before), set(after)
    gone, come = sorted(old - new), sorted(new - old)
    if gone or come:
        yield Difference(
            property=name,
            what=f"{noun}: {sides(gone, come)}",
            gone=tuple(gone[:MAX_KEYS]),
            come=tuple(come[:MAX_KEYS]),
            counts=Counts(before=len(old), after=len(new), gone=len(gone), come=len(come)),
        )


def single(name: str, noun: str, before: str, after: str) -> Iterator[Difference]:
    """Yield that one value became another; an empty one is none."""
    if before != after:
        yield Difference(
            property=name,
            what=f"{noun}: {before or 'none'} became {after or 'none'}",
            gone=(before,) if before else (),
            come=(after,) if after else (),
        )


def sides(gone: Collection[str], come: Collection[str]) -> str:
    """Return how many are new and how many gone, with the first of each."""
    said = [f"{len(keys)} {word} ({named(keys)})" for keys, word in ((come, "new"), (gone, "gone")) if keys]
    return ", ".join(said)


def named(keys: Iterable[str]) -> str:
    """Return the first few keys as a list for people."""
    every = list(keys)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
