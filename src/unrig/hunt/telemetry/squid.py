"""Squid's access.log in its native form, with or without the user agent and referrer some append in quotes.

Fills:  http. The device is the client's address, the time the proxy's. An encrypted request (CONNECT) has a host and
        no path.
Drops:  nothing: the time it took and the cache's result stand in `rest` as JSON.
Layout: wiki.squid-cache.org, Features/LogFormat: time elapsed client result/status bytes method URL user
        hierarchy/server type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.data.mappings import fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by, with_url
from unrig.hunt.streams import Reason, Rejected, Stream
from unrig.hunt.text_lines import any_text, said
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LINE = re.compile(
    r"(?P<time>\d{9,11}\.\d{1,6}) +(?P<elapsed>-?\d+) (?P<client>\S+) (?P<result>\w+)/(?P<status>\d{3}) (?P<bytes>\d+) "
    r"(?P<method>\S+) (?P<url>\S+) (?P<user>\S+) (?P<hierarchy>\w+)/(?P<server>\S+) (?P<type>\S+)"
    r'(?: "(?P<referrer>[^"]*)" "(?P<user_agent>[^"]*)")?\s*'
)
_LOGS = logs("squid")


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a request as Squid writes it."""
    return any_text(head, lambda line: _LINE.fullmatch(line) is not None)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def decode(line: bytes) -> Record | Reason | None:
    """Return the fields of a line by name."""
    text = said(line)
    if isinstance(text, Reason) or not text:
        return text or None
    found = _LINE.fullmatch(text)
    return dict(found.groupdict()) if found else Reason.NOT_A_ROW


def _understood(record: Record) -> Understood:
    with_url(record, record.get("url"))
    return Understood(record, _LOGS["request"])


_KIND = Kind(decode=decode, understand=_understood, dated=dated_by(("time", any_time), basis=Basis.SERVER))

READER = Reader(
    id="squid", title="Squid access logs", fills=fills(_LOGS.values()), cut=Cut.LINES, told_by=told_by, read=read
)
