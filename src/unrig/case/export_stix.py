"""The case as a STIX 2.1 bundle: what was seen as observations and sightings, what was said as notes with authors.

Only keys that discriminate become indicators (a rigged file keeps its name and its Authenticode hash). No object says
who did it: an attribution is a note by who claims it, on the campaign, with the words of strength and the roots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TypedDict

from msgspec import Struct

from unrig.case.inputs import CaseInputs, findings, leads, sightings
from unrig.data import attack
from unrig.exchange import stix
from unrig.exchange.stix import ExternalReference, KillChainPhase, StixObject
from unrig.model import moment_text
from unrig.model.claim import Attribution, Claim
from unrig.model.identity import discriminating_keys
from unrig.model.lead import HashLead
from unrig.model.results import CaseResult
from unrig.model.telemetry import Sighting

PATTERN_PATHS = {"sha256": "file:hashes.'SHA-256'", "name": "file:name"}
"""Keys of an identity that STIX patterns have a property for; the others stay with unrig's own documents."""


class _Common(TypedDict):
    id: str
    spec_version: str
    created: str
    modified: str
    created_by_ref: str
    object_marking_refs: tuple[str, ...]


class _Frame(Struct, frozen=True, kw_only=True):
    """What all objects of one export share."""

    first: dt.datetime
    last: dt.datetime
    producer: str
    marking: str
    campaign: str


def to_stix(inputs: CaseInputs, result: CaseResult) -> stix.Bundle:
    """Return the bundle of a case: the same inputs give the same bundle, a grown case gives newer versions of it."""
    frame = _frame(inputs)
    objects: list[StixObject] = [
        stix.tlp_marking(inputs.tlp),
        _producer(frame),
        _campaign(frame, inputs),
        *_techniques(frame, inputs),
        *_indicators(frame, inputs),
        *_sightings(frame, inputs),
        *(_note(frame, inputs.id, claim) for claim in result.claims),
        *(_summary(frame, inputs.id, attribution) for attribution in result.attribution),
    ]
    return stix.bundle([*objects, _report(frame, inputs, objects)])


def _frame(inputs: CaseInputs) -> _Frame:
    # the first document of a case never changes, so `created` stays while the case grows (STIX 2.1, 3.6)
    times = sorted(
        [
            *(vet.generated_at for vet in inputs.vets),
            *(hunt.generated_at for hunt in inputs.hunts),
            *(scope.generated_at for scope in inputs.scopes),
        ]
    ) or [inputs.generated_at]
    return _Frame(
        first=times[0],
        last=times[-1],
        producer=stix.own_id("identity", "unrig"),
        marking=stix.TLP_IDS[inputs.tlp],
        campaign=stix.own_id("campaign", inputs.id),
    )


def _common(frame: _Frame, kind: str, *keys: str) -> _Common:
    return _Common(
        id=stix.own_id(kind, *keys),
        spec_version="2.1",
        created=stix.version(frame.first),
        modified=stix.version(frame.last),
        created_by_ref=frame.producer,
        object_marking_refs=(frame.marking,),
    )


def _producer(frame: _Frame) -> stix.Identity:
    return stix.Identity(
        id=frame.producer,
        spec_version="2.1",
        created=stix.version(frame.first),
        modified=stix.version(frame.last),
        name="unrig",
        identity_class="system",
    )


def _campaign(frame: _Frame, inputs: CaseInputs) -> stix.Campaign:
    rigged = ", ".join(sorted({f"{vet.release.name} {vet.release.version}".strip() for vet in inputs.vets}))
    description = f"Releases looked at: {rigged}" if rigged else ""
    return stix.Campaign(**_common(frame, "campaign", inputs.id), name=inputs.name, description=description)


def _techniques(frame: _Frame, inputs: CaseInputs) -> Iterator[stix.AttackPattern]:
    named = (one for source in (findings(inputs), sightings(inputs)) for one in source)
    for technique_id in sorted({technique for one in named for technique in one.techniques}):
        known = attack.current(technique_id)
        if known is not None:
            yield _technique(frame, known)


def _technique(frame: _Frame, known: attack.Technique) -> stix.AttackPattern:
    url = f"https://attack.mitre.org/techniques/{known.id.replace('.', '/')}"
    return stix.AttackPattern(
        **_common(frame, "attack-pattern", known.id),
        name=known.name,
        kill_chain_phases=tuple(
            KillChainPhase(kill_chain_name="mitre-attack", phase_name=tactic) for tactic in known.tactics
        ),
        external_references=(ExternalReference(source_name="mitre-attack", external_id=known.id, url=url),),
    )


def _indicators(frame: _Frame, inputs: CaseInputs) -> Iterator[StixObject]:
    by_id = {finding.id: finding for finding in findings(inputs)}
    for lead in _hash_leads(inputs):
        shown = [by_id[key] for key in lead.findings if key in by_id]
        for key, value in _patterns(lead):
            indicator = stix.Indicator(
                **_common(frame, "indicator", lead.id, key),
                name=lead.identity.name or f"{key} {value[:16]}",
                description="; ".join(finding.title for finding in shown),
                indicator_types=("malicious-activity",),
                pattern=stix.equality(PATTERN_PATHS[key], value),
                pattern_type="stix",
                valid_from=lead.window.since or frame.first,
            )
            yield indicator
            yield from _indicated(frame, indicator.id, {one for finding in shown for one in finding.techniques})


def _indicated(frame: _Frame, indicator: str, techniques: set[str]) -> Iterator[stix.Relationship]:
    for known in filter(None, map(attack.current, sorted(techniques))):
        target = stix.own_id("attack-pattern", known.id)
        yield stix.Relationship(
            **_common(frame, "relationship", indicator, "indicates", target),
            relationship_type="indicates",
            source_ref=indicator,
            target_ref=target,
        )


def _hash_leads(inputs: CaseInputs) -> list[HashLead]:
    return [lead for lead in leads(inputs) if isinstance(lead, HashLead)]


def _patterns(lead: HashLead) -> list[tuple[str, str]]:
    return [(key, value) for key, value in discriminating_keys(lead.identity).items() if key in PATTERN_PATHS]


def _sightings(frame: _Frame, inputs: CaseInputs) -> Iterator[StixObject]:
    by_id = {lead.id: lead for lead in _hash_leads(inputs)}
    for sighting in sightings(inputs):
        device = stix.Identity(
            **_common(frame, "identity", "device", sighting.device), name=sighting.device, identity_class="system"
        )
        observed = list(_observed(frame, sighting, by_id.get(sighting.of)))
        yield device
        yield from observed
        yield _sighting(frame, sighting, device.id, by_id.get(sighting.of), [one for one in observed if _is_data(one)])


def _is_data(one: StixObject) -> bool:
    return isinstance(one, stix.ObservedData)


def _observed(frame: _Frame, sighting: Sighting, lead: HashLead | None) -> Iterator[StixObject]:
    if lead is not None and lead.identity.sha256:
        file = stix.file(lead.identity.sha256, lead.identity.name)
        yield file
        yield stix.ObservedData(
            **_common(frame, "observed-data", sighting.id),
            first_observed=sighting.first,
            last_observed=sighting.last,
            number_observed=sighting.count,
            object_refs=(file.id,),
        )


def _sighting(
    frame: _Frame, sighting: Sighting, device: str, lead: HashLead | None, observed: list[StixObject]
) -> stix.Sighting:
    return stix.Sighting(
        **_common(frame, "sighting", sighting.id),
        sighting_of_ref=_sighted(frame, sighting, lead),
        first_seen=sighting.first,
        last_seen=sighting.last,
        count=sighting.count,
        observed_data_refs=tuple(one.id for one in observed),
        where_sighted_refs=(device,),
        description=f"{sighting.title}: {sighting.detail}" if sighting.detail else sighting.title,
    )


def _sighted(frame: _Frame, sighting: Sighting, lead: HashLead | None) -> str:
    """Return what was sighted: the lead's indicator, else the technique, else the campaign itself."""
    if lead is not None and (patterns := _patterns(lead)):
        return stix.own_id("indicator", lead.id, patterns[0][0])
    known = next(filter(None, map(attack.current, sighting.techniques)), None)
    return stix.own_id("attack-pattern", known.id) if known else frame.campaign


def _note(frame: _Frame, case: str, claim: Claim) -> stix.Note:
    basis = f"{claim.basis.value.replace('_', ' ')}, reliability {claim.source.reliability}, credibility {claim.credibility}"
    cited = f" It rests on {', '.join(claim.cites)}." if claim.cites else ""
    return stix.Note(
        **_common(frame, "note", case, claim.id),
        abstract=f"{claim.about}: {claim.relation.replace('_', ' ')} {claim.value}",
        content=f"{claim.words}, said {moment_text.write(claim.said)} ({basis}).{cited} {claim.quote}".rstrip(),
        authors=(claim.source.organisation,),
        object_refs=(frame.campaign,),
        external_references=_reference(claim),
    )


def _reference(claim: Claim) -> tuple[ExternalReference, ...]:
    described = ExternalReference(source_name=claim.source.organisation, description=claim.reference)
    return (described,) if claim.reference else ()


def _summary(frame: _Frame, case: str, attribution: Attribution) -> stix.Note:
    return stix.Note(
        **_common(frame, "note", case, "attribution", attribution.scheme, attribution.name),
        abstract=f"Who says that it was {attribution.name}",
        content=attribution.sentence,
        object_refs=(frame.campaign, *(stix.own_id("note", case, claim) for claim in attribution.claims)),
    )


def _report(frame: _Frame, inputs: CaseInputs, objects: list[StixObject]) -> stix.Report:
    return stix.Report(
        **_common(frame, "report", inputs.id),
        name=f"Case {inputs.name}",
        report_types=("campaign",),
        published=frame.last,
        object_refs=tuple(sorted({one.id for one in objects})),
    )
