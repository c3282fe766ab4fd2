"""The findings of `vet` as comma-separated values (RFC 4180), for a spreadsheet or a database: a line for each file.

A cell that a spreadsheet would take for a formula gets an apostrophe in front: names in a release are not ours.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from unrig.model.finding import ArtifactRef, Finding
from unrig.model.place import Key, Range
from unrig.model.results import VetResult

COLUMNS = (
    "severity",
    "rule",
    "path",
    "sha256",
    "places",
    "summary",
    "expected",
    "observed",
    "confidence",
    "maturity",
    "hindsight",
    "techniques",
    "waived",
    "finding",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the start of a formula."""


def encode(result: VetResult) -> bytes:
    """Return a head and one line for each finding and file, in the order of the findings."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for finding in result.findings:
        lines.writerows([_cell(cell) for cell in row] for row in _rows(finding))
    return text.getvalue().encode()


def _rows(finding: Finding) -> Iterator[tuple[str, ...]]:
    first = finding.evidence[0] if finding.evidence else None
    for ref in finding.artifacts:
        yield (
            finding.severity,
            finding.rule,
            ref.path,
            ref.sha256,
            "; ".join(_places(finding, ref)),
            finding.summary,
            first.expected if first else "",
            first.observed if first else "",
            finding.confidence,
            finding.maturity,
            "yes" if finding.hindsight else "no",
            " ".join(finding.techniques),
            finding.waived,
            finding.id,
        )


def _places(finding: Finding, ref: ArtifactRef) -> Iterator[str]:
    """Yield where in one file the evidence stands, as offset+length or a key."""
    for evidence in finding.evidence:
        match evidence.place:
            case Range(artifact=artifact, offset=offset, length=length) if artifact == ref.id:
                yield f"{offset}+{length}"
            case Key(artifact=artifact, key=key) if artifact == ref.id and key:
                yield key


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
