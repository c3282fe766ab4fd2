"""From results to what emitters may know: which releases are rigged, what may be denied, what is not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from msgspec import Struct

from unrig.model.artifact import Release
from unrig.model.document import Revision
from unrig.model.identity import Identity
from unrig.model.lead import HashLead, ManifestLead
from unrig.model.levels import VerdictWord, severity_rank
from unrig.model.results import CaseResult, HuntResult, ScopeResult, VetResult
from unrig.model.telemetry import Seen
from unrig.respond.emitter import ResponseInputs, RiggedRelease
from unrig.respond.never_block import deny_keys, never_block

ACTED_ON = (VerdictWord.RIGGED, VerdictWord.SUSPICIOUS)
"""Verdicts on which people are told to act; a release for review is looked at first."""


class RespondRequest(Struct, frozen=True, kw_only=True):
    """The results of a case, and who answers for what is sent."""

    case_id: str
    title: str = ""
    author: str = "[organisation: to be filled in by the sender]"
    vets: tuple[VetResult, ...]
    hunt: HuntResult | None = None
    scope: ScopeResult | None = None
    case: CaseResult | None = None
    fix: VetResult | None = None
    """What vet said of the build that is to replace the rigged one."""
    revision: Revision = Revision.DRAFT
    issue: int = 1
    generated_at: dt.datetime
    unrig_version: str


def digest(request: RespondRequest, fix: Release | None) -> ResponseInputs:
    """Return what emitters get; `fix` is the repaired build once it is verified."""
    rigged = tuple(
        sorted(
            (_release(vet) for vet in request.vets if vet.verdict in ACTED_ON),
            key=lambda one: (one.release.name, one.release.version, one.release.platform, one.release.sha256),
        )
    )
    return ResponseInputs(
        case_id=request.case_id,
        title=request.title or request.case_id,
        author=request.author,
        generated_at=request.generated_at.astimezone(dt.UTC),
        unrig_version=request.unrig_version,
        revision=request.revision,
        issue=request.issue,
        rigged=rigged,
        never_block=never_block(identity for vet in request.vets for identity in _identities(vet)),
        exposures=request.scope.exposures if request.scope else (),
        unknowns=tuple(dict.fromkeys(_unknowns(request))),
        fix=fix,
    )


def _release(vet: VetResult) -> RiggedRelease:
    deny = deny_keys(lead.identity for lead in vet.leads if isinstance(lead, HashLead))
    denied = {key.value for key in deny if key.key == "sha256"}
    worst_first = sorted(vet.findings, key=lambda finding: (-severity_rank(finding.severity), finding.rule, finding.id))
    return RiggedRelease(
        release=vet.release,
        verdict=vet.verdict.value,
        deny=deny,
        paths={
            artifact.sha256: artifact.path
            for artifact in sorted(vet.artifacts, key=lambda artifact: artifact.path, reverse=True)
            if artifact.sha256 in denied
        },
        findings=tuple(finding.summary for finding in worst_first),
        techniques=tuple(sorted({technique for finding in vet.findings for technique in finding.techniques})),
        manifests=tuple(lead for lead in vet.leads if isinstance(lead, ManifestLead)),
    )


def _identities(vet: VetResult) -> Iterator[Identity]:
    """Yield every identity of the things that leads say to look for, as the lead and as the artifact knows it."""
    if vet.verdict not in ACTED_ON:
        return
    wanted = [lead.identity for lead in vet.leads if isinstance(lead, HashLead)]
    yield from wanted
    by_content = {identity.sha256: identity for identity in wanted if identity.sha256}
    for artifact in vet.artifacts:
        if lead := by_content.get(artifact.sha256):
            yield _with_answers(artifact.identity, lead)


def _with_answers(identity: Identity, lead: Identity) -> Identity:
    """Return an artifact's identity with the lead's word on which keys discriminate: the lead compared, it did not."""
    return Identity(
        sha256=lead.sha256,
        authenticode_hash=identity.authenticode_hash,
        cdhash=identity.cdhash,
        bundle_id=identity.bundle_id,
        upgrade_code=identity.upgrade_code,
        purl=identity.purl,
        name=identity.name,
        version=identity.version,
        arch=identity.arch,
        platform=identity.platform,
        signer=identity.signer,
        discriminates={**identity.discriminates, **lead.discriminates},
    )


def _unknowns(request: RespondRequest) -> Iterator[str]:
    for vet in request.vets:
        if not vet.complete:
            yield f"Parts of {vet.release.name} {vet.release.version} could not be looked at.".replace("  ", " ")
    yield from _of_scope(request.scope)
    yield from _of_hunt(request.hunt)
    if request.case is not None:
        # only what concerns those who have it: gaps of the telemetry name devices, and those are not theirs
        gaps = (gap.missing for gap in request.case.gaps if gap.about == "release")
        yield from (f"{missing[:1].upper()}{missing[1:]}." for missing in gaps)


def _of_scope(scope: ScopeResult | None) -> Iterator[str]:
    if scope is None:
        yield "No inventory was looked at, so it is not known who has the release."
    elif not scope.complete:
        yield "Parts of the inventories or SBOMs could not be read."


def _of_hunt(hunt: HuntResult | None) -> Iterator[str]:
    if hunt is None:
        yield "No telemetry was looked at, so it is not known where the release ran and what it did."
        return
    blind = {seen.device for seen in hunt.observability if seen.state is Seen.NOT_OBSERVABLE}
    if blind or not hunt.complete:
        yield "Some of what the release may have done could not have been seen in the telemetry at hand."
