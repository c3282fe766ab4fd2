"""A result as bytes in one of the formats of the contract."""

from __future__ import annotations

from pathlib import Path

import msgspec

from unrig.exchange import cyclonedx_bom, junit, ocsf, sarif, stix_indicators, stix_sightings, timesketch
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.results import HuntResult, Result, VetResult
from unrig.report import hunt_tables, jsonl, markdown, table_csv
from unrig.report.plain import plain

DOCUMENTS = ("json", "jsonl", "html")
"""What every verb's result can be written in."""
FORMATS = (*DOCUMENTS, "sarif", "cdx.json", "stix.json", "csv", "md", "xml")
"""What `vet` can: the others are about findings and files, which no other verb's document has."""
_WRITERS = {
    "sarif": sarif.encode,
    "cdx.json": cyclonedx_bom.encode,
    "stix.json": stix_indicators.encode,
    "csv": table_csv.encode,
    "md": markdown.encode,
}


_HUNT_WRITERS = {
    "csv": hunt_tables.to_csv,
    "parquet": hunt_tables.to_parquet,
    "stix.json": stix_sightings.encode,
    "ocsf.json": ocsf.encode,
    "timesketch.jsonl": timesketch.encode,
}
HUNT_FORMATS = (*DOCUMENTS, *_HUNT_WRITERS)
"""What `hunt` can: sightings for other tools."""
_DOUBLE = frozenset({"cdx.json", "stix.json", "ocsf.json", "timesketch.jsonl"})
"""Suffixes of two parts, which are other formats than their last part alone."""


def format_of(path: Path) -> str:
    """Return the format that a file's suffix asks for; the suffix itself where it is none.

    `.cdx.json`, `.stix.json` and the like are other formats than `.json`.
    """
    parts = path.name.lower().split(".")[1:]
    both = ".".join(parts[-2:])
    return both if both in _DOUBLE else parts[-1] if parts else ""


def render(result: Result, wanted: str, fail_on: Severity = Severity.HIGH) -> bytes:
    """Return a result in one format; `fail_on` is from where JUnit calls a finding a failure.

    Raises UsageError where this result cannot be put so.
    """
    match wanted:
        case "json":
            return to_json(result)
        case "jsonl":
            return jsonl.encode(result)
        case "html":
            from unrig.report import html  # noqa: PLC0415  (templates load only for a page)

            return html.render_result(result)
        case "xml" if isinstance(result, VetResult):
            return junit.encode(result, fail_on)
        case _ if isinstance(result, VetResult) and wanted in _WRITERS:
            return _WRITERS[wanted](result)
        case _ if isinstance(result, HuntResult) and wanted in _HUNT_WRITERS:
            return _HUNT_WRITERS[wanted](result)
        case _:
            known = _formats(result)
            raise UsageError(f"{wanted}: expected a format that {result.schema} can be written in: {', '.join(known)}.")


def _formats(result: Result) -> tuple[str, ...]:
    match result:
        case VetResult():
            return FORMATS
        case HuntResult():
            return HUNT_FORMATS
        case _:
            return DOCUMENTS


def to_json(result: Result) -> bytes:
    """Return the contract's document: `schema` first, two spaces of indent, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(plain(result)), indent=2) + b"\n"
