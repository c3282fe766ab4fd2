"""What a case is made of: the result documents of the other verbs, and what people said."""

from __future__ import annotations

import datetime as dt
import hashlib

from msgspec import Struct

from unrig.model.claim import Claim, Hypothesis, NameRelation
from unrig.model.finding import Finding
from unrig.model.lead import Lead
from unrig.model.levels import Severity, severity_rank
from unrig.model.problem import Problem
from unrig.model.results import HuntResult, ScopeResult, VetResult
from unrig.model.telemetry import Sighting

LEAST_SEVERITY = Severity.MEDIUM
"""Findings below do not move a verdict (model: `review` needs a medium), so they make no stage."""


class CaseInputs(Struct, frozen=True, kw_only=True):
    """Everything `derive` looks at; two equal inputs give the same case."""

    id: str
    name: str
    tlp: str
    generated_at: dt.datetime
    unrig_version: str
    vets: tuple[VetResult, ...] = ()
    hunts: tuple[HuntResult, ...] = ()
    scopes: tuple[ScopeResult, ...] = ()
    claims: tuple[Claim, ...] = ()
    names: tuple[NameRelation, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What could not be read of the case."""


def findings(inputs: CaseInputs) -> tuple[Finding, ...]:
    """Return the findings that speak against a release, once each, sorted by id: unwaived, medium or worse."""
    found = {finding.id: finding for vet in inputs.vets for finding in vet.findings if _counts(finding)}
    return tuple(found[key] for key in sorted(found))


def leads(inputs: CaseInputs) -> tuple[Lead, ...]:
    """Return the leads of all vetted releases, once each, sorted by id."""
    found = {lead.id: lead for vet in inputs.vets for lead in vet.leads}
    return tuple(found[key] for key in sorted(found))


def sightings(inputs: CaseInputs) -> tuple[Sighting, ...]:
    """Return the sightings that nobody judged benign, once each, in order of time."""
    found = {one.id: one for hunt in inputs.hunts for one in hunt.sightings if one.triage.state != "benign"}
    return tuple(sorted(found.values(), key=lambda one: (one.first, one.last, one.id)))


def hunted_leads(inputs: CaseInputs) -> frozenset[str]:
    """Return the ids of all leads that were vetted out or hunted for."""
    return frozenset({lead.id for lead in leads(inputs)} | {lead for hunt in inputs.hunts for lead in hunt.leads})


def case_hash(*keys: str) -> str:
    """Return the 16 hex digits that name a derived thing: the same in every derivation of the same case."""
    return hashlib.sha256("\n".join(keys).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def plural(count: int, what: str) -> str:
    """Return `1 device` or `3 devices`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _counts(finding: Finding) -> bool:
    return not finding.waived and severity_rank(finding.severity) >= severity_rank(LEAST_SEVERITY)
