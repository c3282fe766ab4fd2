"""From a vetted release to leads: one pure function, and only what discriminates leaves (design, rule 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from unrig.model.artifact import Release
from unrig.model.finding import ArtifactRef, Finding
from unrig.model.identity import Identity, discriminating_pairs
from unrig.model.lead import HashLead, Lead, ManifestEntry, ManifestLead, lead_id
from unrig.model.moment import Window
from unrig.model.paths import SEPARATOR
from unrig.model.rule import ArtifactView
from unrig.model.signature import SignatureFacts
from unrig.vet.finding_leads import from_findings

LOADABLE = frozenset({"pe", "elf", "macho"})


def leads_of(
    release: Release,
    views: Sequence[ArtifactView],
    identities: Mapping[str, Identity],
    findings: Sequence[Finding],
) -> tuple[Lead, ...]:
    """Return the hunts that a release gives rise to, hashes first, each with the findings that caused it."""
    window = _window(views)
    ordered = sorted(views, key=lambda view: view.artifact.path)
    hashes = [_hash_lead(view, identities[view.artifact.id], findings, window) for view in ordered]
    found = [lead for lead in hashes if lead is not None]
    manifest = _manifest(release, views, found, window)
    unique = {lead.id: lead for lead in reversed(found)}
    hashed = sorted(unique.values(), key=lambda lead: lead.id)
    return (*hashed, *((manifest,) if manifest else ()), *from_findings(release, views, findings, window))


def _hash_lead(view: ArtifactView, identity: Identity, findings: Sequence[Finding], window: Window) -> HashLead | None:
    keys = discriminating_pairs(identity)
    if not keys:
        return None
    about = [f for f in findings if any(_concerns(ref, view) for ref in f.artifacts)]
    return HashLead(
        id=lead_id("hash", *(f"{key}={value}" for key, value in keys)),
        identity=identity,
        findings=tuple(f.id for f in about),
        techniques=tuple(sorted({technique for f in about for technique in f.techniques})),
        window=window,
    )


def _concerns(ref: ArtifactRef, view: ArtifactView) -> bool:
    """Tell whether a finding about one file is about another: the same bytes, or what contains it."""
    return ref.sha256 == view.artifact.sha256 or ref.path.startswith(view.artifact.path + SEPARATOR)


def _manifest(
    release: Release,
    views: Sequence[ArtifactView],
    hashes: Sequence[HashLead],
    window: Window,
) -> ManifestLead | None:
    loadable = [view for view in views if view.artifact.format in LOADABLE]
    if not loadable:
        return None
    entries = tuple(
        ManifestEntry(
            path=view.artifact.path.rsplit(SEPARATOR, 1)[-1],
            sha256=view.artifact.sha256,
            signer=view.artifact.identity.signer,
        )
        for view in loadable
    )
    bad = {lead.identity.sha256 for lead in hashes}
    return ManifestLead(
        id=lead_id("manifest", release.sha256),
        product=release.name,
        version=release.version,
        entries=entries,
        rigged=tuple(sorted({entry.sha256 for entry in entries} & bad)),
        findings=tuple(sorted({finding for lead in hashes for finding in lead.findings})),
        techniques=("T1574.001",),
        window=window,
    )


def _window(views: Sequence[ArtifactView]) -> Window:
    """Open the window at the latest verified time stamp: the release cannot be older; nothing says when it ends."""
    stamps = [
        stamp.at
        for view in views
        if isinstance(facts := view.facts.get(SignatureFacts), SignatureFacts)
        for signature in facts.signatures
        for stamp in signature.timestamps
        if stamp.verified
    ]
    return Window(since=dt.datetime.fromtimestamp(max(stamps), dt.UTC) if stamps else None)
