"""The steps of what happened, each with the ids of what shows it.

A stage of the release groups findings of one technique; it puts out the leads that name those findings. A stage of
the hunt groups sightings of one stage and technique; it takes in the leads they are sightings of, and puts out the
sightings. So `outputs` of one and `inputs` of another hold the chain finding, lead, sighting by id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from unrig.case.inputs import CaseInputs, case_hash, findings, hunted_leads, leads, sightings
from unrig.data import attack
from unrig.model.case import Stage
from unrig.model.claim import Claim, ClaimBasis
from unrig.model.finding import Finding
from unrig.model.lead import Lead
from unrig.model.levels import Severity
from unrig.model.moment import Basis, Moment, Precision
from unrig.model.telemetry import Sighting

BEFORE = "initial_vector"
"""Relation of the claims that say how the publisher was reached: nothing in a release can show that."""


def before(claims: Sequence[Claim]) -> tuple[Stage, ...]:
    """Return the stage before the release, as far as claims speak of it; none where nobody does."""
    said = [claim for claim in claims if claim.relation == BEFORE]
    values = dict.fromkeys(claim.value for claim in said if claim.basis is not ClaimBasis.RELAY)
    stage = Stage(
        id=case_hash("stage", BEFORE),
        title="Before the release, as said: " + ("; ".join(values) or "only by relays"),
        technique="",
        evidence=tuple(claim.id for claim in said),
    )
    return (stage,) if said else ()


def release_stages(inputs: CaseInputs) -> tuple[Stage, ...]:
    """Return one stage for each technique (or rule without one) that findings show, in the order of the matrix."""
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings(inputs):
        groups[_technique(finding.techniques) or finding.rule].append(finding)
    all_leads = leads(inputs)
    made = [_release_stage(found, all_leads) for found in groups.values()]
    return tuple(sorted(made, key=lambda stage: (_column(stage.technique), stage.technique, stage.id)))


def hunt_stages(inputs: CaseInputs) -> tuple[Stage, ...]:
    """Return one stage for each stage name and technique that sightings show, in order of the first sighting.

    Those of severity info show that the product is there, which is no step of what happened and must not date one.
    """
    groups: defaultdict[tuple[str, str], list[Sighting]] = defaultdict(list)
    for sighting in (one for one in sightings(inputs) if one.severity is not Severity.INFO):
        groups[sighting.stage, _technique(sighting.techniques)].append(sighting)
    known = hunted_leads(inputs)
    return tuple(_hunt_stage(name, technique, seen, known) for (name, technique), seen in groups.items())


def _release_stage(found: Sequence[Finding], all_leads: Sequence[Lead]) -> Stage:
    ids = {finding.id for finding in found}
    technique = _technique(found[0].techniques)
    return Stage(
        id=case_hash("stage", "release", technique or found[0].rule),
        title=f"In the release: {_label(technique, found[0].title)}",
        technique=technique,
        inputs=tuple(sorted({artifact.id for finding in found for artifact in finding.artifacts})),
        outputs=tuple(lead.id for lead in all_leads if not ids.isdisjoint(lead.findings)),
        evidence=tuple(sorted(ids)),
    )


def _hunt_stage(name: str, technique: str, seen: Sequence[Sighting], known: frozenset[str]) -> Stage:
    ids = tuple(sighting.id for sighting in seen)
    return Stage(
        id=case_hash("stage", "hunt", name, technique),
        title=f"On devices: {name.replace('_', ' ')}, {_label(technique, seen[0].title)}",
        technique=technique,
        inputs=tuple(sorted({sighting.of for sighting in seen} & known)),
        outputs=ids,
        when=Moment(at=seen[0].first, precision=Precision.MICROSECOND, basis=Basis.DEVICE),
        evidence=ids,
    )


def _technique(techniques: Sequence[str]) -> str:
    if not techniques:
        return ""
    current = attack.current(techniques[0])
    return current.id if current else techniques[0]


def _label(technique: str, fallback: str) -> str:
    return attack.label(technique) if technique else fallback


def _column(technique: str) -> int:
    known = attack.technique(technique)
    return attack.tactic_order(known.tactics[0]) if known else attack.tactic_order("")
