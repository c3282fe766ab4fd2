"""How the stages hang together: seen in the evidence, inferred, or not known.

seen      a lead out of the one was sighted in the other; the same bytes show both; one process on one device did both
inferred  the same release, or the same device, and nothing nearer
gap       nothing ties the two: what is missing is a gap of the case
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from unrig.case.inputs import CaseInputs, case_hash, sightings
from unrig.model.case import Certainty, Edge, Stage
from unrig.model.telemetry import Sighting


class Chains(Struct, frozen=True, kw_only=True):
    """The stages by where they are known from, each in order."""

    before: tuple[Stage, ...]
    release: tuple[Stage, ...]
    hunt: tuple[Stage, ...]


class _Tie(Struct, frozen=True, kw_only=True):
    certainty: Certainty
    evidence: tuple[str, ...] = ()


def edges(inputs: CaseInputs, chains: Chains) -> tuple[Edge, ...]:
    """Return the edges in the order of the stages they come from and lead to; no pair has two."""
    by_id = {sighting.id: sighting for sighting in sightings(inputs)}
    found = [
        *_into_release(chains),
        *_inside_release(chains.release),
        *_into_hunt(chains),
        *_inside_hunt(chains, by_id),
    ]
    return tuple({edge.id: edge for edge in found}.values())


def _into_release(chains: Chains) -> Iterator[Edge]:
    for stage in chains.before:
        for first in chains.release[:1]:
            yield _edge(stage, first, _Tie(certainty=Certainty.INFERRED, evidence=stage.evidence))


def _inside_release(release: Sequence[Stage]) -> Iterator[Edge]:
    for earlier, later in pairwise(release):
        shared = sorted({*earlier.inputs} & {*later.inputs})
        evidence = (*earlier.evidence, *later.evidence)
        yield _edge(earlier, later, _Tie(certainty=Certainty.SEEN if shared else Certainty.INFERRED, evidence=evidence))


def _into_hunt(chains: Chains) -> Iterator[Edge]:
    tied = False
    for stage in chains.hunt:
        for source in chains.release:
            if shared := sorted({*source.outputs} & {*stage.inputs}):
                tied = True
                yield _edge(source, stage, _Tie(certainty=Certainty.SEEN, evidence=tuple(shared)))
    if chains.release and chains.hunt and not tied:
        yield _edge(chains.release[-1], chains.hunt[0], _Tie(certainty=Certainty.GAP))


def _inside_hunt(chains: Chains, by_id: dict[str, Sighting]) -> Iterator[Edge]:
    for earlier, later in pairwise(chains.hunt):
        before = [by_id[key] for key in earlier.evidence]
        after = [by_id[key] for key in later.evidence]
        yield _edge(earlier, later, _tie(before, after))


def _tie(before: Sequence[Sighting], after: Sequence[Sighting]) -> _Tie:
    if by_process := _common(before, after, _process):
        return _Tie(certainty=Certainty.SEEN, evidence=by_process)
    by_device = _common(before, after, _device)
    return _Tie(certainty=Certainty.INFERRED if by_device else Certainty.GAP, evidence=by_device)


def _common(before: Sequence[Sighting], after: Sequence[Sighting], place: Callable[[Sighting], str]) -> tuple[str, ...]:
    """Return, for every place where a sighting of the first set begins no later than one of the second, both ids."""
    earliest = {place(one): one for one in reversed(before)}
    latest = {place(one): one for one in after}
    pairs = [(earliest[key], latest[key]) for key in sorted(earliest.keys() & latest.keys() - {""})]
    return tuple(dict.fromkeys(one.id for pair in pairs if pair[0].first <= pair[1].first for one in pair))


def _process(sighting: Sighting) -> str:
    return f"{sighting.device}\n{sighting.process}" if sighting.device and sighting.process else ""


def _device(sighting: Sighting) -> str:
    return sighting.device


def _edge(source: Stage, target: Stage, tie: _Tie) -> Edge:
    return Edge(
        id=case_hash("edge", source.id, target.id),
        source=source.id,
        target=target.id,
        certainty=tie.certainty,
        evidence=tie.evidence,
    )
