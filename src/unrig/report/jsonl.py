"""A result as lines: a head, one record a line with its `kind`, an end. Without the end the file is truncated."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from unrig.model.results import Result
from unrig.report.plain import plain

_LISTS = (
    "findings",
    "changes",
    "artifacts",
    "components",
    "leads",
    "sightings",
    "devices",
    "observability",
    "sources",
    "exposures",
    "embedded",
    "unknown",
    "stages",
    "edges",
    "timeline",
    "claims",
    "names",
    "attribution",
    "gaps",
    "documents",
    "never_block",
    "not_evaluated",
    "problems",
)
"""The lists of all documents that become lines of their own; what is left is the head."""


def encode(result: Result) -> bytes:
    """Return the lines, each a JSON object with `type` (the list's name) and `record`."""
    return b"".join(msgspec.json.encode(plain(line)) + b"\n" for line in _lines(result))


def _lines(result: Result) -> Iterator[dict[str, object]]:
    fields = {name: getattr(result, name) for name in result.__struct_fields__}
    yield {"type": "head", **{name: value for name, value in fields.items() if name not in _LISTS}}
    count = 0
    for name in _LISTS:
        for record in fields.get(name, ()):
            count += 1
            yield {"type": name, "record": record}
    yield {"type": "end", "records": count}
