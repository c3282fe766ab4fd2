"""Passive DNS in the common output format: one object a line, each a name, what it resolved to, and when.

Fills:  dns: one row for the first time a resolution was seen and one for the last, without a device, since a sensor
        of answers does not know who asked.
Drops:  nothing: the count, the sensor and the bailiwick stand in `rest` as JSON.
Layout: draft-dulaunoy-dnsop-passive-dns-cof: rrname, rrtype, rdata, time_first, time_last (or zone_time_first, ..);
        DNSDB's API version 2 puts each into `obj`.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import fills, logs
from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.records import any_time, dated_by
from unrig.hunt.streams import Rejected, Stream
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LOGS = logs("passive_dns")
_TIMES = (("first", ("time_first", "zone_time_first")), ("last", ("time_last", "zone_time_last")))


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a resolution."""
    return json_lines.any_line(head, is_record)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def is_record(record: object) -> bool:
    """Return whether an object is a resolution with its times."""
    record = _bare(record) if isinstance(record, dict) else record
    if not isinstance(record, dict) or not {"rrname", "rrtype", "rdata"} <= record.keys():
        return False
    return any(name in record for _, names in _TIMES for name in names)


def times(record: Record) -> list[Record]:
    """Return the resolution as it was seen first and, where that is another moment, last."""
    record = _bare(record)
    found: list[Record] = []
    for seen, names in _TIMES:
        when = next((record[name] for name in names if name in record), None)
        if when is not None and (not found or found[0]["_at"] != when):
            found.append(record | {"_at": when, "_seen": seen})
    return found or [record]


def _bare(record: Record) -> Record:
    """Return a resolution without the envelope of DNSDB's streaming form (SAF), whose other lines say how it went."""
    inner = record.get("obj")
    return inner if isinstance(inner, dict) else record


def understood(record: Record) -> Understood:
    """Return a resolution by its fields, and what it is."""
    name = record.get("rrname")
    record["_rrname"] = name.rstrip(".") if isinstance(name, str) else name
    return Understood(record, _LOGS[str(record.pop("_seen", "first"))])


_KIND = Kind(understand=understood, expand=times, dated=dated_by(("_at", any_time), basis=Basis.SERVER))

READER = Reader(
    id="passive-dns",
    title="Passive DNS (common output format)",
    fills=fills(_LOGS.values()),
    cut=Cut.LINES,
    told_by=told_by,
    read=read,
)
