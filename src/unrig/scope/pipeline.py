"""`unrig scope`: from inventories, SBOMs and leads to who has it and who embeds it. The steps stand in `scope`."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from unrig.model.exposure import Exposure, Unknown
from unrig.model.identity import Identity
from unrig.model.lead import Lead
from unrig.model.problem import Problem
from unrig.model.results import ScopeResult, Stats
from unrig.scope.inventory import READERS
from unrig.scope.match import MatchIndex, build_index
from unrig.scope.reading import InventoryRead, SbomsRead, read_inventories, read_sboms
from unrig.scope.rollup import Tally, Totals, add_row, exposures, totals
from unrig.scope.upstream import Answer, embedders
from unrig.scope.workers import Workers
from unrig.store.given_files import Given

PRELOAD = (*(reader.function.partition(":")[0] for reader in READERS), "unrig.scope.upstream")
"""What the pool that scope is given must have imported."""


class ScopeRequest(Struct, frozen=True, kw_only=True):
    """What to look at, and what with."""

    inventories: tuple[Given, ...] = ()
    sboms: tuple[Given, ...] = ()
    leads: tuple[Lead, ...] = ()
    good: tuple[Identity, ...] = ()
    """Releases (or files) known to be good, by SHA-256."""
    fixed: tuple[Identity, ...] = ()
    """The build that replaces the rigged one, once vetted."""
    products: tuple[str, ...] = ()
    """Further names under which inventories list the product."""
    generated_at: dt.datetime
    unrig_version: str


class _Inventories(Struct, frozen=True, kw_only=True):
    tally: Tally
    reads: tuple[InventoryRead, ...]
    problems: tuple[Problem, ...]


def scope(request: ScopeRequest, workers: Workers) -> ScopeResult:
    """Return who has the rigged thing and who embeds it; what could not be read is in `problems` and `unknown`."""
    index = build_index(leads=request.leads, good=request.good, fixed=request.fixed, products=request.products)
    inventories = _count(request, index, workers)
    sboms = read_sboms(request.sboms, workers)
    answer = embedders(sboms.reads, index)
    found = exposures(inventories.tally, _action(request.fixed))
    return _result(request, index=index, inventories=inventories, sboms=sboms, answer=answer, found=found)


def _count(request: ScopeRequest, index: MatchIndex, workers: Workers) -> _Inventories:
    tally = Tally()
    outcomes = tuple(read_inventories(request.inventories, READERS, workers, lambda row: add_row(tally, row, index)))
    reads = tuple(outcome for outcome in outcomes if isinstance(outcome, InventoryRead))
    unopened = tuple(outcome for outcome in outcomes if isinstance(outcome, Problem))
    return _Inventories(
        tally=tally, reads=reads, problems=(*unopened, *(problem for read in reads for problem in read.problems))
    )


def _action(fixed: tuple[Identity, ...]) -> str:
    build = next((identity for identity in fixed if identity.sha256), None)
    first = "Take the device off the network, keep its evidence, and remove the product"
    if build is None:
        return f"{first}; no repaired build has been vetted yet."
    return f"{first}; then install {build.version or 'the repaired build'} (SHA-256 {build.sha256})."


def _result(
    request: ScopeRequest,
    *,
    index: MatchIndex,
    inventories: _Inventories,
    sboms: SbomsRead,
    answer: Answer,
    found: tuple[Exposure, ...],
) -> ScopeResult:
    counted = totals(inventories.tally)
    problems = sorted((*index.problems, *inventories.problems, *sboms.problems), key=lambda p: (p.where, p.id))
    sources = (*(read.source for read in inventories.reads), *sboms.sources)
    return ScopeResult(
        generated_at=request.generated_at,
        unrig_version=request.unrig_version,
        complete=not problems,
        because=_because(inventories, counted, answer),
        leads=tuple(sorted({lead.id for lead in request.leads})),
        exposures=(*found, *answer.questions),
        embedded=answer.embedded,
        unknown=_unknown(inventories, counted),
        sources=tuple(sorted(sources, key=lambda source: (source.path, source.id))),
        problems=tuple(problems),
        stats=Stats(
            files=len(sources),
            bytes=sum(read.bytes for read in inventories.reads),
            rows=sum(source.rows for source in sources),
        ),
    )


def _because(inventories: _Inventories, counted: Totals, answer: Answer) -> tuple[str, ...]:
    states = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in counted.by_state.items())
    lines = [f"{counted.devices} distinct devices: {states or 'no row of the product'}, {counted.without} without it"]
    if answer.embedded:
        products = len({embedded.product for embedded in answer.embedded})
        lines.append(f"{products} products contain it by their SBOM")
    lines.extend(
        f"{read.source.path}: columns without use: {', '.join(read.unmatched)}"
        for read in inventories.reads
        if read.unmatched
    )
    return tuple(lines)


def _unknown(inventories: _Inventories, counted: Totals) -> tuple[Unknown, ...]:
    """Return the devices of which the inventories say nothing; an unreadable row counts as one device of its own."""
    found = [
        Unknown(reason=f"{read.source.path}: rows that could not be read", devices=read.source.rejected)
        for read in inventories.reads
        if read.source.rejected
    ]
    if counted.without:
        found.append(Unknown(reason="no row speaks of the product", devices=counted.without))
    return tuple(sorted(found, key=lambda unknown: unknown.reason))
