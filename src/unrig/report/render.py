"""A result as bytes in one of the formats of the contract."""

from __future__ import annotations

from pathlib import Path

import msgspec

from unrig.exchange import sarif
from unrig.model.errors import UsageError
from unrig.model.results import Result, VetResult
from unrig.report import jsonl

FORMATS = ("json", "jsonl", "sarif")


def format_of(path: Path) -> str:
    """Return the format that a file's suffix asks for; the suffix itself where it is none."""
    name = path.name.lower()
    return name.rsplit(".", 1)[-1] if "." in name else ""


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
            raise UsageError(
                f"{wanted}: expected a format that {result.schema} can be written in: {', '.join(FORMATS)}."
            )


def to_json(result: Result) -> bytes:
    """Return the contract's document: `schema` first, two spaces of indent, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"
