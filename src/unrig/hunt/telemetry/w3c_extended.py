"""W3C extended logs, as proxies (Blue Coat, TMG) and IIS write them: columns that a line `#Fields:` names.

Fills:  http. The device is the client, by name where the proxy knows it; the time is the server's, in UTC as the format
        demands. The columns may change on the way, with each new `#Fields:`.
Drops:  nothing: columns that no column takes stand in `rest` as JSON.
Layout: w3.org/TR/WD-logfile: fields between blanks, strings in quotes, `-` for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from unrig.data.mappings import fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by, with_url
from unrig.hunt.streams import Reason, Rejected, Stream, line_at
from unrig.hunt.text_lines import any_text, named, said
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_FIELDS = "#Fields:"
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_URLS = ("cs-uri", "c-uri", "cs-url")
_IN_PLUSES = ("cs(User-Agent)", "cs(Referer)")
"""IIS writes a plus for each blank in them."""
_LOGS = logs("w3c")


def told_by(head: bytes) -> bool:
    """Return whether one of the first lines names fields, and the time and a request are among them."""
    return any_text(head, lambda line: line.startswith(_FIELDS) and "time" in line and ("cs-" in line or "c-" in line))


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected."""
    names: tuple[str, ...] = ()
    day = ""

    def decode(line: bytes) -> Record | Reason | None:
        nonlocal names, day
        text = said(line)
        if isinstance(text, Reason) or not text:
            return text or None
        if text.startswith("#"):
            if text.startswith(_FIELDS):
                names = tuple(text.removeprefix(_FIELDS).split())
            elif text.startswith("#Date:"):
                day = text.removeprefix("#Date:").strip().split(" ")[0]
            return None
        values = [quoted.replace('""', '"') or plain for quoted, plain in _TOKEN.findall(text)]
        record = named(names, ["" if value == "-" else value for value in values])
        if isinstance(record, dict):
            record["_at"] = f"{record.get('date') or day} {record.get('time') or ''}"
        return record

    for mark in stream.marks:
        if mark < stream.start:
            decode(line_at(stream, mark))
    kind = Kind(decode=decode, understand=_understood, dated=dated_by(("_at", any_time), basis=Basis.SERVER))
    return json_lines.read(stream, kind)


def _understood(record: Record) -> Understood:
    with_url(record, next((record[name] for name in _URLS if record.get(name)), None))
    for name in _IN_PLUSES:
        value = record.get(name)
        if isinstance(value, str) and " " not in value:
            record[name] = unquote_plus(value)
    query = record.get("cs-uri-query")
    if isinstance(query, str):  # Blue Coat leaves the question mark in front
        record["cs-uri-query"] = query.removeprefix("?")
    return Understood(record, _LOGS["request"])


READER = Reader(
    id="w3c-extended",
    title="W3C extended logs of proxies",
    fills=fills(_LOGS.values()),
    cut=Cut.HEADED,
    told_by=told_by,
    read=read,
)
