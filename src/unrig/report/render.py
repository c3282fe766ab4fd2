"""A result as bytes in one of the formats of the contract."""

from __future__ import annotations

from pathlib import Path

import msgspec

from unrig.exchange import sarif
from unrig.model.errors import UsageError
from unrig.model.results import Result, VetResult
from unrig.report import jsonl
from unrig.report.plain import plain

FORMATS = ("json", "jsonl", "sarif")
"""Of `vet`; the other verbs' documents have no findings, which is all that SARIF is about."""
DOCUMENTS = ("json", "jsonl")


def format_of(path: Path) -> str:
    """Return the format that a file's suffix asks for; the suffix itself where it is none.

    `.cdx.json` and `.stix.json` are other formats than `.json`.
    """
    parts = path.name.lower().split(".")[1:]
    if parts[-1:] == ["json"] and parts[-2:-1] in (["cdx"], ["stix"]):
        return f"{parts[-2]}.json"
    return parts[-1] if parts else ""


def render(result: Result, wanted: str) -> bytes:
    """Return a result in one format. Raises UsageError where this result cannot be put so."""
    match wanted:
        case "json":
            return to_json(result)
        case "jsonl":
            return jsonl.encode(result)
        case "sarif" if isinstance(result, VetResult):
            return sarif.encode(result)
        case _:
            known = FORMATS if isinstance(result, VetResult) else DOCUMENTS
            raise UsageError(f"{wanted}: expected a format that {result.schema} can be written in: {', '.join(known)}.")


def to_json(result: Result) -> bytes:
    """Return the contract's document: `schema` first, two spaces of indent, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(plain(result)), indent=2) + b"\n"
