"""The sightings of a hunt as a table: comma-separated values (RFC 4180) and Parquet, a row for each sighting."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import msgspec

from unrig.model.results import HuntResult
from unrig.model.telemetry import Sighting

if TYPE_CHECKING:
    import datetime as dt

    import pyarrow as pa

COLUMNS = (
    "severity",
    "device",
    "of",
    "title",
    "detail",
    "process",
    "user",
    "first",
    "last",
    "count",
    "stage",
    "techniques",
    "scores",
    "rows",
    "triage",
    "sighting",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the start of a formula: names in telemetry are not ours."""
TIMES, COUNTS = ("first", "last"), ("count",)


def to_csv(result: HuntResult) -> bytes:
    """Return a head and one line for each sighting, in the order of the document."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for each in result.sightings:
        row = _row(each)
        lines.writerow(_cell(_text(row[name])) for name in COLUMNS)
    return text.getvalue().encode()


def to_parquet(result: HuntResult) -> bytes:
    """Return the same as Parquet: times in UTC, the count as a number, scores and rows as JSON texts."""
    import pyarrow.parquet as pq  # noqa: PLC0415  (the core does without Arrow)

    sink = io.BytesIO()
    pq.write_table(_table(result), sink, compression="zstd")
    return sink.getvalue()


def _table(result: HuntResult) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  (the core does without Arrow)

    kinds = {name: pa.timestamp("us", "UTC") for name in TIMES} | {name: pa.int64() for name in COUNTS}
    schema = pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in COLUMNS])
    return pa.Table.from_pylist([dict(_row(each)) for each in result.sightings], schema=schema)


def _row(each: Sighting) -> dict[str, str | int | dt.datetime]:
    return {
        "severity": each.severity.value,
        "device": each.device,
        "of": each.of,
        "title": each.title,
        "detail": each.detail,
        "process": each.process,
        "user": each.user,
        "first": each.first,
        "last": each.last,
        "count": each.count,
        "stage": each.stage,
        "techniques": " ".join(each.techniques),
        "scores": msgspec.json.encode(each.scores).decode(),
        "rows": msgspec.json.encode(each.rows).decode(),
        "triage": each.triage.state,
        "sighting": each.id,
    }


def _text(value: str | int | dt.datetime) -> str:
    return str(value) if isinstance(value, str | int) else value.isoformat()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
