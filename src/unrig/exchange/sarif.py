"""SARIF 2.1.0 (OASIS), writing only: findings for code-scanning views.

Fingerprints derive from the finding's id, which outlives renames and unrelated changes; a waived finding is a result
with an accepted suppression (3.35), so that a view shows it as closed with its reason instead of losing it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from unrig.model.finding import Finding
from unrig.model.levels import Confidence, Severity
from unrig.model.place import Evidence, Range
from unrig.model.results import VetResult

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_SCORES = {
    Severity.INFO: "0.0",
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
"""`security-severity`, by which code-scanning views rank; the middle of each CVSS 3.1 band."""

_PRECISION = {Confidence.LOW: "low", Confidence.MEDIUM: "medium", Confidence.HIGH: "high"}


def encode(result: VetResult) -> bytes:
    """Return one SARIF log with one run."""
    return msgspec.json.format(msgspec.json.encode(_log(result)), indent=2) + b"\n"


def _log(result: VetResult) -> dict[str, Any]:
    files = _files(result)
    order = {ref_id: index for index, ref_id in enumerate(files, 1)}
    rules: dict[str, Finding] = {}
    for finding in result.findings:  # the worst comes first
        rules.setdefault(finding.rule, finding)
    indexes = {rule: index for index, rule in enumerate(sorted(rules))}
    driver = {
        "name": "unrig",
        "version": result.unrig_version,
        "rules": [_rule(rules[rule]) for rule in sorted(rules)],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"unrig-vet/{_uri(result.release.name or result.release.path)}/"},
        "invocations": [_invocation(result)],
        "artifacts": [_release(result), *(_artifact(path, sha256) for path, sha256 in files.values())],
        "results": [
            _result(finding, indexes[finding.rule], _Files(paths=files, order=order)) for finding in result.findings
        ],
        "columnKind": "utf16CodeUnits",
        "properties": {
            "verdict": result.verdict,
            "because": result.because,
            "complete": result.complete,
            "verdictWithoutHindsight": result.verdict_without_hindsight,
            "verdictWithoutWaivers": result.verdict_without_waivers,
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


class _Files(Struct, frozen=True, kw_only=True):
    """The files that findings name: path and SHA-256 by artifact id, and where each stands in `run.artifacts`."""

    paths: dict[str, tuple[str, str]]
    order: dict[str, int]


def _files(result: VetResult) -> dict[str, tuple[str, str]]:
    """Return path and SHA-256 of each file with a finding, by artifact id, in the order of the findings."""
    return {ref.id: (ref.path, ref.sha256) for finding in result.findings for ref in finding.artifacts}


def _rule(finding: Finding) -> dict[str, Any]:
    named = f"Techniques: {', '.join(finding.techniques)}. " if finding.techniques else ""
    said = f"{named}Innocent look-alike: {finding.benign}."
    explain = f"unrig explain {finding.rule}"
    return {
        "id": finding.rule,
        "name": "".join(word.capitalize() for word in finding.rule.split("-")),
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": f"{finding.title}. {said}"},
        "help": {
            "text": f"{finding.title}. {said} For what the rule sees, and is blind to, run: {explain}",
            "markdown": f"**{finding.title}.** {said} For what the rule sees, and is blind to, run `{explain}`.",
        },
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {
            "tags": ["security", *finding.techniques],
            "security-severity": _SCORES[finding.severity],
            "precision": _PRECISION[finding.confidence],
        },
    }


def _invocation(result: VetResult) -> dict[str, Any]:
    notes = [
        {"level": "warning", "message": {"text": f"{p.where}: expected {p.expected}, found {p.observed}; {p.effect}"}}
        for p in result.problems
    ]
    unasked = [
        {"level": "note", "message": {"text": f"not evaluated: {entry.reason}"}, "descriptor": {"id": entry.rule}}
        for entry in result.not_evaluated
    ]
    ended = result.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "executionSuccessful": True,
        "endTimeUtc": ended,
        "toolExecutionNotifications": notes,
        "toolConfigurationNotifications": unasked,
    }


def _release(result: VetResult) -> dict[str, Any]:
    return {
        "location": {"uri": _uri(result.release.path)},
        "length": result.release.size,
        "roles": ["analysisTarget"],
        "hashes": {"sha-256": result.release.sha256},
    }


def _artifact(path: str, sha256: str) -> dict[str, Any]:
    return {"location": {"uri": _uri(path)}, "roles": ["resultFile"], "hashes": {"sha-256": sha256}}


def _result(finding: Finding, index: int, files: _Files) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.summary},
        "partialFingerprints": {"unrigFindingId/v1": finding.id},
        "locations": [_location(files, ref.id, _first(finding, ref.id)) for ref in finding.artifacts],
        "relatedLocations": list(_related(finding, files)),
        "properties": {"confidence": finding.confidence, "severity": finding.severity, "hindsight": finding.hindsight},
    }
    if finding.waived:
        entry["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.waived}]
    return entry


def _first(finding: Finding, artifact: str) -> dict[str, int] | None:
    """Return the first range of the evidence in one file, by which a view orders findings; None where there is none."""
    places = [one.place for one in finding.evidence if isinstance(one.place, Range) and one.place.artifact == artifact]
    return _region(min(places, key=lambda place: place.offset)) if places else None


def _region(place: Range) -> dict[str, int]:
    return {"byteOffset": place.offset, "byteLength": place.length}


def _related(finding: Finding, files: _Files) -> Iterator[dict[str, Any]]:
    for number, evidence in enumerate(finding.evidence):
        place = evidence.place
        if isinstance(place, Range) and place.artifact in files.paths:
            yield {
                **_location(files, place.artifact, _region(place)),
                "id": number,
                "message": {"text": _said(evidence)},
            }


def _said(evidence: Evidence) -> str:
    parts = [evidence.what]
    if evidence.expected:
        parts.append(f"expected {evidence.expected}")
    if evidence.observed:
        parts.append(f"found {evidence.observed}")
    return "; ".join(parts)


def _location(files: _Files, artifact: str, region: dict[str, int] | None = None) -> dict[str, Any]:
    path, _sha256 = files.paths[artifact]
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "index": files.order[artifact]}}
    if region:
        physical["region"] = region
    return {"physicalLocation": physical}


def _uri(path: str) -> str:
    """Return a path as a relative URI reference (RFC 3986): what is not unreserved is percent-encoded again."""
    from urllib.parse import quote  # noqa: PLC0415  (only SARIF needs it)

    return quote(path, safe="/!")
