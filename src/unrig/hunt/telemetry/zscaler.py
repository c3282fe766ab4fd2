"""Zscaler's web log as its streaming service (NSS) sends it: `name=value` between tabs, or JSON lines.

Fills:  http. The device is the client's name, or its address where the feed has none.
Drops:  nothing: fields that no column takes stand in `rest` as JSON.
Layout: the feed's format is the administrator's; this reads the names of Zscaler's own formats for Splunk (the time
        first in a line of text) and in JSON (`time` and all else under `event`), as help.zscaler.com, NSS Feed Output
        Format: Web Logs, has them. A name that begins with b64 holds Base64. Times without a zone are taken for UTC,
        the default.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator

from unrig.data.mappings import fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood, decoded
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by, with_url
from unrig.hunt.streams import Reason, Rejected, Stream
from unrig.hunt.text_lines import any_text, said
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_WHEN = re.compile(r"(?:\w{3} )?(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4})")
_LETTERS = "%a %b %d %H:%M:%S %Y"
_LOGS = logs("zscaler")


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is one of Zscaler's."""
    return any_text(head, lambda line: "zscaler" in line.lower() and isinstance(decode(line.encode()), dict))


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def decode(line: bytes) -> Record | Reason | None:
    """Return the fields of a line by name."""
    text = said(line)
    if isinstance(text, Reason) or not text:
        return text or None
    if text.startswith("{"):
        record = decoded(text)
        inner = record.get("event") if isinstance(record, dict) else None
        found = inner if isinstance(inner, dict) else record
        return found if isinstance(found, dict) else Reason.NOT_AN_OBJECT
    first, *pairs = text.split("\t")
    when = _WHEN.search(first)
    if when is None or not pairs:
        return Reason.NOT_A_ROW
    values = (pair.partition("=") for pair in pairs)
    none = ("", "None", "NA", "N/A")
    return {"datetime": when[0]} | {name: None if value in none else value for name, mark, value in values if mark}


def moment_of(value: object) -> dt.datetime | None:
    """Return a time in ISO 8601, seconds, or as `Mon Mar 04 09:00:00 2024`."""
    found = any_time(value)
    if found is None and isinstance(value, str):
        try:
            return dt.datetime.strptime(value, _LETTERS)  # noqa: DTZ007  (the feed is in UTC by default)
        except ValueError:
            return None
    return found


def _understood(record: Record) -> Understood:
    with_url(record, record.get("url") or _plain(record.get("b64url")))
    record["_referrer"] = _plain(record.get("b64referer"))
    return Understood(record, _LOGS["request"])


def _plain(value: object) -> str | None:
    """Return a text that was given in Base64 (RFC 4648, 4); None for what is none."""
    try:
        return base64.b64decode(value, validate=True).decode() or None if isinstance(value, str) else None
    except ValueError:
        return None


_KIND = Kind(
    decode=decode,
    understand=_understood,
    dated=dated_by(("datetime", moment_of), ("time", moment_of), ("epochtime", moment_of), basis=Basis.SERVER),
)

READER = Reader(
    id="zscaler", title="Zscaler web logs (NSS)", fills=fills(_LOGS.values()), cut=Cut.LINES, told_by=told_by, read=read
)
