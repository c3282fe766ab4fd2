"""What is not known, between which two things, and who could know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unrig.case import contradictions, independence, names
from unrig.case.edges import Chains
from unrig.case.inputs import CaseInputs, case_hash, hunted_leads, leads
from unrig.model.case import Certainty, Edge, Gap, GapAbout
from unrig.model.claim import Claim
from unrig.model.telemetry import Seen


def gaps(inputs: CaseInputs, chains: Chains, edges: Sequence[Edge], claims: Sequence[Claim]) -> tuple[Gap, ...]:
    """Return the gaps of the chain of events, then those of the telemetry, then those of what is said."""
    found = [
        *_origin(chains),
        *_untied(edges),
        *_unused(inputs, chains),
        *_foreign_leads(inputs),
        *_blind(inputs),
        *_unrooted(claims),
        *_contradicted(claims),
        *_names(inputs),
    ]
    return tuple({gap.id: gap for gap in found}.values())


def _origin(chains: Chains) -> Iterator[Gap]:
    if chains.release and not chains.before:
        missing = "how the change came into the release: only the publisher's build records and hosts can show it"
        yield _gap("before the release", chains.release[0].id, missing, "release")


def _untied(edges: Sequence[Edge]) -> Iterator[Gap]:
    for edge in edges:
        if edge.certainty is Certainty.GAP:
            missing = "what ties these: no lead, process or device is common to both; fuller telemetry of one device can show it"
            yield _gap(edge.source, edge.target, missing)


def _unused(inputs: CaseInputs, chains: Chains) -> Iterator[Gap]:
    if chains.release and not chains.hunt:
        done = "telemetry was hunted and shows nothing of it" if inputs.hunts else "no telemetry was hunted"
        yield _gap(chains.release[-1].id, "on devices", f"whether it ran anywhere: {done}")


def _foreign_leads(inputs: CaseInputs) -> Iterator[Gap]:
    for lead in sorted(hunted_leads(inputs) - {lead.id for lead in leads(inputs)}):
        yield _gap(
            "release", lead, "the release this lead comes from: it was hunted, but no vet result of the case names it"
        )


def _blind(inputs: CaseInputs) -> Iterator[Gap]:
    unseen = [one for hunt in inputs.hunts for one in hunt.observability if one.state is Seen.NOT_OBSERVABLE]
    for one in sorted(unseen, key=lambda one: (one.of, one.device, one.why)):
        remedy = f"; {one.remedy} would show it" if one.remedy else ""
        yield _gap(one.of, one.device, f"not observable: {one.why}{remedy}", "telemetry")


def _unrooted(claims: Sequence[Claim]) -> Iterator[Gap]:
    for claim in independence.unrooted(claims):
        cited = ", ".join(claim.cites) or "nothing"
        missing = f"whose evidence it is: {claim.source.organisation} repeats {cited}, which leads to nobody's own"
        yield _gap(claim.id, "a root", missing, "claims")


def _contradicted(claims: Sequence[Claim]) -> Iterator[Gap]:
    for found in contradictions.contradictions(claims):
        yield _gap(*found.between, found.says, "claims")


def _names(inputs: CaseInputs) -> Iterator[Gap]:
    for conflict in names.conflicts(inputs.names):
        first, *rest = conflict.relations
        yield _gap(first, rest[0] if rest else conflict.name, f"whom {conflict.name} names: {conflict.says}", "claims")


def _gap(first: str, second: str, missing: str, about: GapAbout = "chain") -> Gap:
    return Gap(id=case_hash("gap", first, second, missing), between=(first, second), missing=missing, about=about)
