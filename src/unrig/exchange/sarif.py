"""SARIF 2.1.0 (OASIS), writing only: findings for code-scanning views.

Fingerprints derive from the finding's id; a waived finding is a suppressed result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from unrig.model.finding import Finding
from unrig.model.levels import Severity
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


def encode(result: VetResult) -> bytes:
    """Return one SARIF log with one run."""
    return msgspec.json.format(msgspec.json.encode(_log(result)), indent=2) + b"\n"


def _log(result: VetResult) -> dict[str, Any]:
    paths = {ref.id: ref.path for finding in result.findings for ref in finding.artifacts}
    rules = {finding.rule: finding for finding in result.findings}
    order = sorted(rules)
    run = {
        "tool": {
            "driver": {
                "name": "unrig",
                "version": result.unrig_version,
                "rules": [_rule(rules[rule]) for rule in order],
            }
        },
        "invocations": [_invocation(result)],
        "artifacts": [_artifact(result)],
        "results": [_result(finding, order.index(finding.rule), paths) for finding in result.findings],
        "columnKind": "utf16CodeUnits",
        "properties": {"verdict": result.verdict, "because": result.because, "complete": result.complete},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.rule,
        "shortDescription": {"text": finding.title},
        "help": {"text": f"Run `unrig explain {finding.rule}`. Innocent look-alike: {finding.benign}"},
        "properties": {"tags": ["security", *finding.techniques], "security-severity": _SCORES[finding.severity]},
    }


def _invocation(result: VetResult) -> dict[str, Any]:
    notes = [
        {"level": "warning", "message": {"text": f"{p.where}: expected {p.expected}, found {p.observed}; {p.effect}"}}
        for p in result.problems
    ]
    ended = result.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"executionSuccessful": True, "endTimeUtc": ended, "toolExecutionNotifications": notes}


def _artifact(result: VetResult) -> dict[str, Any]:
    return {
        "location": {"uri": _uri(result.release.path)},
        "length": result.release.size,
        "hashes": {"sha-256": result.release.sha256},
    }


def _result(finding: Finding, index: int, paths: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.summary},
        "partialFingerprints": {"unrigFindingId/v1": finding.id},
        "locations": [_location(ref.path) for ref in finding.artifacts],
        "relatedLocations": list(_related(finding, paths)),
        "properties": {"confidence": finding.confidence, "severity": finding.severity, "hindsight": finding.hindsight},
    }
    if finding.waived:
        entry["suppressions"] = [{"kind": "external", "justification": finding.waived}]
    return entry


def _related(finding: Finding, paths: dict[str, str]) -> Iterator[dict[str, Any]]:
    for number, evidence in enumerate(finding.evidence):
        place = evidence.place
        if isinstance(place, Range) and place.artifact in paths:
            region = {"byteOffset": place.offset, "byteLength": place.length}
            yield {**_location(paths[place.artifact], region), "id": number, "message": {"text": _said(evidence)}}


def _said(evidence: Evidence) -> str:
    parts = [evidence.what]
    if evidence.expected:
        parts.append(f"expected {evidence.expected}")
    if evidence.observed:
        parts.append(f"found {evidence.observed}")
    return "; ".join(parts)


def _location(path: str, region: dict[str, int] | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if region:
        physical["region"] = region
    return {"physicalLocation": physical}


def _uri(path: str) -> str:
    """Return a path as a relative URI reference (RFC 3986): what is not unreserved is percent-encoded again."""
    from urllib.parse import quote  # noqa: PLC0415  (only SARIF needs it)

    return quote(path, safe="/!")
