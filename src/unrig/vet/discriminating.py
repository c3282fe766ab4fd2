"""Which keys of an identity tell a bad file from every good one (design: only what discriminates leaves vet).

A rigged file keeps its name, its version, and, where the change stands in bytes that the signature
does not cover, even its Authenticode hash: denying those hits the genuine file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from unrig.model.finding import Finding
from unrig.model.identity import Identity
from unrig.model.levels import Answer, Confidence, Severity, severity_rank
from unrig.model.paths import SEPARATOR
from unrig.model.place import Range
from unrig.model.rule import ArtifactView
from unrig.model.signature import SignatureFacts

SHARED_KEYS = ("name", "signer", "version")
"""Keys that a rigged file has in common with its genuine twin by the nature of the attack."""


def identities(
    views: Sequence[ArtifactView], known_good: Sequence[ArtifactView], findings: Sequence[Finding]
) -> dict[str, Identity]:
    """Return the identity of every artifact, by artifact id, with `discriminates` filled in."""
    good = [view.artifact.identity for view in known_good]
    good_sha256 = {identity.sha256 for identity in good}
    good_hashes = {item for identity in good for item in identity.authenticode_hash.items()}
    good_names = {identity.name for identity in good}
    own = _own_bytes(views, findings)
    accused = _accused(findings)
    found: dict[str, Identity] = {}
    for view in views:
        identity = view.artifact.identity
        told = own.get(view.artifact.id)
        differs = view.artifact.id in accused and identity.name in good_names
        answers = {"sha256": _sha256(identity, good_sha256, is_known_bad=told is not None or differs)}
        for item in identity.authenticode_hash.items():
            hidden = told is not None and not told.hashed
            answers[f"authenticode_hash.{item[0]}"] = _hash(told, is_good=item in good_hashes, is_hidden=hidden)
        if told is not None:
            shared = identity.name in good_names or not told.hashed
            answers |= {key: Answer.NO if shared else Answer.UNKNOWN for key in SHARED_KEYS if _has(identity, key)}
        found[view.artifact.id] = msgspec.structs.replace(identity, discriminates=answers)
    return found


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """A high, high-confidence finding in an artifact's own bytes."""

    hashed: bool
    """It stands in bytes that the Authenticode hash covers."""


def _own_bytes(views: Sequence[ArtifactView], findings: Iterable[Finding]) -> dict[str, _Told]:
    """Return the artifacts whose own bytes, or whose members' bytes, carry a finding that weighs enough.

    What contains a rigged file is as certain by its SHA-256 as the file itself.
    """
    by_id = {view.artifact.id: view for view in views}
    by_path = {view.artifact.path: view for view in views}
    told: dict[str, _Told] = {}
    for finding in findings:
        if severity_rank(finding.severity) < severity_rank(Severity.HIGH) or finding.confidence is not Confidence.HIGH:
            continue
        for evidence in finding.evidence:
            place = evidence.place
            if not isinstance(place, Range) or place.artifact not in by_id:
                continue
            view = by_id[place.artifact]
            before = told.get(view.artifact.id)
            hashed = _covered(view, place) or (before is not None and before.hashed)
            told[view.artifact.id] = _Told(hashed=hashed)
            for path in _containers(view.artifact.path):
                if path in by_path:
                    told.setdefault(by_path[path].artifact.id, _Told(hashed=True))
    return told


def _accused(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the ids of the artifacts that any high finding names.

    One that has a known good namesake and differs from it is told by its SHA-256, as the reader of a carrier is,
    whose own bytes need not show anything.
    """
    high = (each for each in findings if severity_rank(each.severity) >= severity_rank(Severity.HIGH))
    return frozenset(ref.id for finding in high for ref in finding.artifacts)


def _containers(path: str) -> list[str]:
    parts = path.split(SEPARATOR)
    return [SEPARATOR.join(parts[:count]) for count in range(1, len(parts))]


def _covered(view: ArtifactView, place: Range) -> bool:
    """Return whether the Authenticode hash covers a range: all but the certificate table and what follows it."""
    facts = view.facts.get(SignatureFacts)
    if not isinstance(facts, SignatureFacts) or not facts.table_size:
        return True
    return place.offset < facts.table_offset


def _sha256(identity: Identity, good: set[str], *, is_known_bad: bool) -> Answer:
    if identity.sha256 in good:
        return Answer.NO
    return Answer.YES if is_known_bad else Answer.UNKNOWN


def _hash(told: _Told | None, *, is_good: bool, is_hidden: bool) -> Answer:
    """Say no where a good file shows the same hash, or must have it since the finding stands outside what is hashed."""
    if is_good or is_hidden:
        return Answer.NO
    return Answer.YES if told is not None else Answer.UNKNOWN


def _has(identity: Identity, key: str) -> bool:
    return bool(getattr(identity, key))
