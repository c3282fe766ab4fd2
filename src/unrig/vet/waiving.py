"""Applying the policy's waivers: never by path or rule alone, never beyond their day, always said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from unrig.model.finding import Finding
from unrig.model.identity import Identity
from unrig.model.policy import LONGEST_WAIVER_DAYS, Waiver


class Waived(Struct, frozen=True, kw_only=True):
    """The findings, those covered marked, and a sentence for each waiver used, expired or too long."""

    findings: tuple[Finding, ...]
    said: tuple[str, ...]


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], identities: Mapping[str, Identity], today: dt.date
) -> Waived:
    """Mark the findings that a waiver in force covers; `identities` is by artifact id."""
    said: list[str] = []
    in_force: list[Waiver] = []
    for waiver in waivers:
        refused = _refusal(waiver, today)
        if refused:
            said.append(f"not used: {waiver.rule}, owner {waiver.owner}: {refused}")
        else:
            in_force.append(waiver)
    marked: list[Finding] = []
    for finding in findings:
        cover = next((w for w in in_force if _covers(w, finding, identities)), None)
        if cover is None:
            marked.append(finding)
            continue
        marked.append(msgspec.structs.replace(finding, waived=cover.reason))
        said.append(f"used: {finding.id} {finding.rule}: {cover.reason} (owner {cover.owner}, until {cover.expires})")
    return Waived(findings=tuple(marked), said=tuple(said))


def _refusal(waiver: Waiver, today: dt.date) -> str:
    if waiver.expires < today:
        return f"expired on {waiver.expires}"
    if waiver.expires > today + dt.timedelta(days=LONGEST_WAIVER_DAYS):
        return f"runs until {waiver.expires}; a waiver lasts at most {LONGEST_WAIVER_DAYS} days"
    return ""


def _covers(waiver: Waiver, finding: Finding, identities: Mapping[str, Identity]) -> bool:
    """Tell whether a waiver covers every artifact of a finding: else the rest would vanish with it."""
    return waiver.rule == finding.rule and all(
        _names(waiver, ref.sha256, identities.get(ref.id, Identity())) for ref in finding.artifacts
    )


def _names(waiver: Waiver, sha256: str, identity: Identity) -> bool:
    if waiver.artifact_sha256:
        return waiver.artifact_sha256.lower() == sha256
    if not waiver.signer or not waiver.component or identity.signer is None:
        return False
    return waiver.signer == identity.signer.subject and waiver.component == identity.name
