"""Suricata's eve.json: one object a line, of any event type.

Fills:  network (flow), dns, http, tls, file (fileinfo); alerts and all other types become class `other`, the type its
        channel. The device is the address that opened the flow (of a file: that received it), the time the sensor's;
        a flow's is when it began.
Drops:  nothing: fields that no column takes stand in `rest` as JSON, nested names with dots. A certificate's hash is
        SHA-1 here and stands there too.
Layout: docs.suricata.io, EVE JSON format; of Suricata 4 to 8. An alert carries its flow, which may have begun days before.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import OTHER, fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, by_key, dated_by, flat, with_url
from unrig.hunt.streams import Rejected, Stream
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LOGS = logs("suricata")
_FLOW = "flow"


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is an event of Suricata's."""
    return json_lines.any_line(head, is_record)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def is_record(record: object) -> bool:
    """Return whether an object has the fields that every event of Suricata's has."""
    return isinstance(record, dict) and isinstance(record.get("event_type"), str) and "timestamp" in record


def understood(record: Record) -> Understood:
    """Return an event by its fields, and what it is."""
    kind = record.get("event_type")
    add = _PARTS.get(kind) if isinstance(kind, str) else None
    inner = record.get(kind) if isinstance(kind, str) else None
    fields = flat(record)
    if add is not None and isinstance(inner, dict):
        add(fields, inner)
    fields["_began"] = fields.get("flow.start") if kind == _FLOW else None
    return Understood(fields, _LOGS.get(str(kind)) or _LOGS[OTHER])


def _of_flow(fields: Record, flow: Record) -> None:
    begin, end = any_time(flow.get("start")), any_time(flow.get("end"))
    fields["_duration"] = (end - begin).total_seconds() if begin and end else flow.get("age")


def _of_query(fields: Record, dns: Record) -> None:
    queries, answers = dns.get("queries"), dns.get("answers")  # lists from Suricata 8 on
    first = queries[0] if isinstance(queries, list) and queries and isinstance(queries[0], dict) else dns
    fields["_query"], fields["_type"] = first.get("rrname"), first.get("rrtype")
    if isinstance(answers, list) and answers and all(isinstance(each, dict) for each in answers):
        fields["_answer"] = by_key(answers).get("rdata")
    else:
        fields["_answer"] = dns.get("rdata")


def _of_request(fields: Record, http: Record) -> None:
    url = http.get("url")
    if isinstance(url, str) and url.startswith("/"):
        path, mark, query = url.partition("?")
        fields["_path"], fields["_query"] = path, query if mark else None
    else:
        with_url(fields, url)


_PARTS = {_FLOW: _of_flow, "dns": _of_query, "http": _of_request}
_KIND = Kind(
    understand=understood,
    dated=dated_by(("_began", any_time), ("timestamp", any_time), basis=Basis.SERVER),
)

READER = Reader(
    id="suricata",
    title="Suricata's eve.json",
    fills=fills(_LOGS.values()),
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
