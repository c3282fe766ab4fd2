"""Zeek's logs as JSON lines, with or without the log's path in each record.

Fills:  network (conn), dns, tls (ssl, x509), http, file (files); every other log becomes class `other`, its path the
        channel. The device is the address that opened the connection (of a file: that received it; a certificate has
        none), the time the sensor's.
Drops:  nothing: fields that no column takes stand in `rest` as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.hunt import json_lines
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.hunt.zeek_records import FILLS, PATH, dated, path_of, told, with_parts
from unrig.model.telemetry import Batch

_CONNECTION = ("id.orig_h", "uid", "id", "fuid", "fingerprint")


def is_record(record: object) -> bool:
    """Return whether an object has Zeek's time and either the log's path or a connection."""
    if not isinstance(record, dict) or "ts" not in record:
        return False
    return PATH in record or any(name in record for name in _CONNECTION)


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a record of Zeek's."""
    return json_lines.any_line(head, is_record)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    return json_lines.read(stream, _KIND)


def _understood(record: Record) -> Understood:
    connection = record.get("id")
    if isinstance(connection, dict):  # as a shipper nests what Zeek writes with a dot
        del record["id"]
        record |= {f"id.{name}": value for name, value in connection.items()}
    path = path_of(record)
    return Understood(with_parts(record, path), told(path))


_KIND = Kind(understand=_understood, dated=dated)

READER = Reader(id="zeek-json", title="Zeek logs as JSON lines", fills=FILLS, cut=Cut.LINES, told_by=told_by, read=read)
