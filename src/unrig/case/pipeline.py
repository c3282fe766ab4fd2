"""The case, derived: a pure function of the result documents and claims, in the order data flows."""

from __future__ import annotations

from unrig.case import attribution, claims, edges, gaps, names, stages, timeline
from unrig.case.edges import Chains
from unrig.case.independence import independence
from unrig.case.inputs import CaseInputs
from unrig.model.results import CaseResult, Stats


def derive(inputs: CaseInputs) -> CaseResult:
    """Return what happened, in what order, by whom, as far as the inputs show it; the order of inputs is no matter."""
    said = claims.resolve(inputs.claims)
    chains = Chains(
        before=stages.before(said.claims), release=stages.release_stages(inputs), hunt=stages.hunt_stages(inputs)
    )
    tied = edges.edges(inputs, chains)
    return CaseResult(
        generated_at=inputs.generated_at,
        unrig_version=inputs.unrig_version,
        id=inputs.id,
        name=inputs.name,
        tlp=inputs.tlp,
        stages=(*chains.before, *chains.release, *chains.hunt),
        edges=tied,
        timeline=timeline.timeline(inputs, said.claims),
        claims=said.claims,
        independence=independence(said.claims),
        names=names.merge(inputs.names),
        attribution=attribution.attributions(said.claims),
        hypotheses=tuple(sorted({one.id: one for one in inputs.hypotheses}.values(), key=lambda one: one.id)),
        gaps=gaps.gaps(inputs, chains, tied, said.claims),
        problems=tuple(sorted((*inputs.problems, *said.problems), key=lambda one: (one.where, one.id))),
        stats=Stats(files=len(inputs.vets) + len(inputs.hunts) + len(inputs.scopes)),
    )
