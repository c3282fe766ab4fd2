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
from unrig.model.place import EventRef, Key, Range
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
            answers[f"authenticode_hash.{item[0]}"] = _hash(told, is_good=item in good_hashes)
        if told is not None:
            shared = identity.name in good_names or told.outside
            answers |= {key: Answer.NO if shared else Answer.UNKNOWN for key in SHARED_KEYS if _has(identity, key)}
        found[view.artifact.id] = msgspec.structs.replace(identity, discriminates=answers)
    return found


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """A high, high-confidence finding in an artifact's own bytes, or in those of a member."""

    inside: bool = False
    """Some of its evidence is a range that the Authenticode hash covers."""
    outside: bool = False
    """Some is a range that the hash does not cover: whoever has the genuine file has the same hash."""


def _own_bytes(views: Sequence[ArtifactView], findings: Iterable[Finding]) -> dict[str, _Told]:
    """Return the artifacts whose own bytes, or whose members' bytes, carry a finding that weighs enough.

    The same bytes at another path are the same thing, and what contains a rigged file is as certain by its SHA-256 as
    the file itself. Evidence that names no range (a digest that does not hold) says nothing of the Authenticode hash.
    """
    by_id = {view.artifact.id: view for view in views}
    by_path = {view.artifact.path: view for view in views}
    by_sha256: dict[str, list[ArtifactView]] = {}
    for view in views:
        by_sha256.setdefault(view.artifact.sha256, []).append(view)
    told: dict[str, _Told] = {}
    for finding in findings:
        if severity_rank(finding.severity) < severity_rank(Severity.HIGH) or finding.confidence is not Confidence.HIGH:
            continue
        for place in (evidence.place for evidence in finding.evidence):
            if isinstance(place, EventRef) or place.artifact not in by_id:
                continue
            for view in by_sha256[by_id[place.artifact].artifact.sha256]:
                told[view.artifact.id] = _with(told.get(view.artifact.id, _Told()), view, place)
                for path in _containers(view.artifact.path):
                    if path in by_path:
                        told.setdefault(by_path[path].artifact.id, _Told())
    return told


def _with(told: _Told, view: ArtifactView, place: Range | Key) -> _Told:
    if isinstance(place, Key):
        return told
    covered = _covered(view, place)
    return _Told(inside=told.inside or covered, outside=told.outside or not covered)


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


def _hash(told: _Told | None, *, is_good: bool) -> Answer:
    """Say no where a good file shows the same hash, or must have it since the finding stands outside what is hashed."""
    if is_good or (told is not None and told.outside and not told.inside):
        return Answer.NO
    return Answer.YES if told is not None and told.inside else Answer.UNKNOWN


def _has(identity: Identity, key: str) -> bool:
    return bool(getattr(identity, key))
