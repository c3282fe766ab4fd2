"""The tables that an analytic is built on: worked out before, or written out as part of its expression."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from unrig.hunt.engine import Telemetry
from unrig.hunt.kinds import Stage, Tables, Unit

if TYPE_CHECKING:
    import ibis.expr.types as ir

PART_ROWS = 10_000_000
"""Rows of an earlier stage that are worked on at a time, for memory's sake (`python -m benchmarks.beaconing`)."""


class _Part(Struct, frozen=True, kw_only=True):
    """Which rows of an earlier stage: those whose number leaves this rest."""

    rest: int
    parts: int


def written_out(unit: Unit, tables: Tables, leads: tuple[Any, ...]) -> Tables:
    """Return the tables with those of the unit's stages as expressions: nothing is run, any engine can."""
    known = dict(tables)
    for stage in unit.stages:
        known[stage.name] = stage.rows(known, leads)
    return known


@contextmanager
def held(store: Telemetry, unit: Unit, leads: tuple[Any, ...], asked: str) -> Iterator[None]:
    """Have the tables of the unit's stages while the block runs; `asked` says what the leads are."""
    made: list[str] = []
    try:
        for stage in unit.stages:
            for part in _parts(store, stage):
                question = f"stage {stage.name} {part.rest} of {part.parts} {asked}"
                put = store.extend if stage.name in made else store.settle
                put(stage.name, question, partial(_expression, store, tuple(made), stage, part, leads))
                made += [] if stage.name in made else [stage.name]
        yield
    finally:
        for name in made:
            store.drop(name)


def with_held(store: Telemetry, unit: Unit) -> Tables:
    """Return the event tables with those of the unit's stages, which are held."""
    return {**store.tables, **{stage.name: store.given(stage.name) for stage in unit.stages}}


def _parts(store: Telemetry, stage: Stage) -> Iterator[_Part]:
    count = max(1, -(-store.rows(stage.part_of) // PART_ROWS)) if stage.part_of else 1
    return (_Part(rest=rest, parts=count) for rest in range(count))


def _expression(store: Telemetry, made: tuple[str, ...], stage: Stage, part: _Part, leads: tuple[Any, ...]) -> ir.Table:
    tables = {**store.tables, **{name: store.given(name) for name in made if name != stage.name}}
    if part.parts > 1:
        whole = tables[stage.part_of]
        tables[stage.part_of] = whole.filter(whole[stage.part_by] % part.parts == part.rest)
    return stage.rows(tables, leads)
