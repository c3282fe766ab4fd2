"""The documents of the contract, one for each verb. Schemas are generated from these types."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct

from unrig.model.artifact import Artifact, Component, Release
from unrig.model.case import Edge, Gap, Stage, TimelineEntry
from unrig.model.change import Change
from unrig.model.claim import Attribution, Claim, Hypothesis, Independence, NameRelation
from unrig.model.coverage import Coverage, NotEvaluated
from unrig.model.document import Document, NeverBlock
from unrig.model.exposure import Embedded, Exposure, Unknown
from unrig.model.finding import Finding
from unrig.model.lead import Lead
from unrig.model.levels import VerdictWord
from unrig.model.policy import Pack
from unrig.model.problem import Problem
from unrig.model.telemetry import DeviceSummary, Observability, Sighting, Source


class Stats(Struct, frozen=True, kw_only=True):
    """How much work a run was. The only part of a document, with `generated_at`, that differs between runs."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cached: int = 0
    """Members whose facts came from the cache."""
    opened: int = 0
    """Members that a worker opened in this run."""
    rows: int = 0
    deterministic: bool = True
    sandbox: tuple[str, ...] = ()
    """Layers of the sandbox that were in force; `-name: reason` for one that was missing."""


class VetResult(Struct, frozen=True, kw_only=True):
    """`unrig.vet/1`: was this release rigged?"""

    schema: Literal["unrig.vet/1"] = "unrig.vet/1"
    generated_at: dt.datetime
    unrig_version: str
    release: Release
    baselines: tuple[Release, ...] = ()
    verdict: VerdictWord
    complete: bool
    because: tuple[str, ...]
    verdict_without_hindsight: VerdictWord
    verdict_without_waivers: VerdictWord
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    coverage: Coverage
    artifacts: tuple[Artifact, ...] = ()
    components: tuple[Component, ...] = ()
    leads: tuple[Lead, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    waived: tuple[str, ...] = ()
    """Waivers used and expired, each as a sentence."""
    problems: tuple[Problem, ...] = ()
    packs: tuple[Pack, ...] = ()
    stats: Stats = Stats()


class HuntResult(Struct, frozen=True, kw_only=True):
    """`unrig.hunt/1`: where has it run, and what has it done?"""

    schema: Literal["unrig.hunt/1"] = "unrig.hunt/1"
    generated_at: dt.datetime
    unrig_version: str
    complete: bool
    because: tuple[str, ...]
    leads: tuple[str, ...] = ()
    """Ids of the leads that were hunted."""
    sightings: tuple[Sighting, ...] = ()
    devices: tuple[DeviceSummary, ...] = ()
    observability: tuple[Observability, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    packs: tuple[Pack, ...] = ()
    stats: Stats = Stats()


class ScopeResult(Struct, frozen=True, kw_only=True):
    """`unrig.scope/1`: who has it, who embeds it?"""

    schema: Literal["unrig.scope/1"] = "unrig.scope/1"
    generated_at: dt.datetime
    unrig_version: str
    complete: bool
    because: tuple[str, ...]
    leads: tuple[str, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    stats: Stats = Stats()


class CaseResult(Struct, frozen=True, kw_only=True):
    """`unrig.case/1`: what happened, in what order, by whom?"""

    schema: Literal["unrig.case/1"] = "unrig.case/1"
    generated_at: dt.datetime
    unrig_version: str
    id: str
    name: str
    tlp: str
    stages: tuple[Stage, ...] = ()
    edges: tuple[Edge, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    claims: tuple[Claim, ...] = ()
    independence: Independence
    names: tuple[NameRelation, ...] = ()
    attribution: tuple[Attribution, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    gaps: tuple[Gap, ...] = ()
    problems: tuple[Problem, ...] = ()
    stats: Stats = Stats()


class RespondResult(Struct, frozen=True, kw_only=True):
    """`unrig.respond/1`: what must be sent, blocked, replaced?"""

    schema: Literal["unrig.respond/1"] = "unrig.respond/1"
    generated_at: dt.datetime
    unrig_version: str
    fix: Release | None = None
    """The fixed build, only once vet found nothing in it."""
    documents: tuple[Document, ...] = ()
    never_block: tuple[NeverBlock, ...] = ()
    problems: tuple[Problem, ...] = ()
    stats: Stats = Stats()


class LeadsDocument(Struct, frozen=True, kw_only=True):
    """`unrig.leads/1`: leads alone, for tools that make their own."""

    schema: Literal["unrig.leads/1"] = "unrig.leads/1"
    generated_at: dt.datetime | None = None
    leads: tuple[Lead, ...] = ()
    release: Release | None = None


Result = VetResult | HuntResult | ScopeResult | CaseResult | RespondResult
