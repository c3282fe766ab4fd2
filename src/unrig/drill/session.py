"""A session of exams: drills of several seeds built, put before the verbs, marked, and summed up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, structs

from unrig.drill import examine
from unrig.drill.mark import Mark
from unrig.drill.score import marks, total
from unrig.model.errors import UsageError

_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
MOST = 1_000
"""Drills of one session; each takes seconds."""


class Session(Struct, frozen=True, kw_only=True):
    """The sums over all drills of a session."""

    incident: str
    seeds: tuple[int, ...]
    drills: int
    marks: tuple[Mark, ...]


def seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that `3`, `1,5` or `1000-1019` name, each once. Raises UsageError."""
    found: dict[int, None] = {}
    for part in text.split(","):
        form = _RANGE.fullmatch(part.strip())
        if form is None:
            raise UsageError(f"--seeds {text}: expected seeds as 3, 1,5 or 1000-1019, found {part!r}.")
        first, last = int(form[1]), int(form[2] or form[1])
        if not first <= last < first + MOST:
            raise UsageError(f"--seeds {text}: expected 1 to {MOST} seeds from low to high, found {part!r}.")
        found |= dict.fromkeys(range(first, last + 1))
    return tuple(found)


def score(
    name: str,
    *,
    seeds: Sequence[int],
    folder: Path | None = None,
    devices: int = 0,
    jobs: int | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Session:
    """Return the marks of an incident over seeds, or of the one drill in `folder`. Raises UsageError."""
    examine.incident(name)
    drills = _built(name, folder, jobs) if folder is not None else _drawn(name, seeds, devices, jobs, tell)
    marked = list(drills)
    return Session(incident=name, seeds=tuple(seeds), drills=len(marked), marks=total(marked))


def _built(name: str, folder: Path, jobs: int | None) -> Iterator[tuple[Mark, ...]]:
    truth = examine.read_truth(folder)
    if truth.incident != name:
        raise UsageError(f"{folder}: expected a drill of {name}, found one of {truth.incident}.")
    yield marks(truth, examine.examine(folder, truth, jobs=jobs))


def _drawn(
    name: str, seeds: Sequence[int], devices: int, jobs: int | None, tell: Callable[[str], None]
) -> Iterator[tuple[Mark, ...]]:
    for number, seed in enumerate(seeds, 1):
        tell(f"drill {number} of {len(seeds)}: seed {seed}")
        with TemporaryDirectory(prefix="unrig-drill-") as scratch:
            folder = Path(scratch) / name
            truth = examine.build(name, seed, folder, devices=devices)
            yield _with_seed(marks(truth, examine.examine(folder, truth, jobs=jobs)), seed)


def _with_seed(drill: tuple[Mark, ...], seed: int) -> tuple[Mark, ...]:
    """Return the marks with the seed in front of every note, so that a miss can be built again."""
    return tuple(structs.replace(mark, notes=tuple(f"seed {seed}: {note}" for note in mark.notes)) for mark in drill)
