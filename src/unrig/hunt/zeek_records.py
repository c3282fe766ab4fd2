"""What a record of Zeek's is, by its log's path, be it read from TSV or JSON. Runs in sealed workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from unrig.data.mappings import OTHER, Told, fills, zeek, zeek_marks
from unrig.hunt.columns import Record, Row
from unrig.hunt.values import epoch, moment
from unrig.model.moment import Basis
from unrig.model.telemetry import Fills

PATH = "_path"
"""The field that names the log, as Zeek's own streaming writer calls it."""
FILLS: Fills = fills(zeek().values())
_PROVIDER = "_provider"
_SHA256_DIGITS = 64
_TIMES = ("ts", "_write_ts")
_LOGS: Mapping[str, Told] = MappingProxyType(zeek())
_MARKS: Mapping[str, str] = MappingProxyType(zeek_marks())
_ALIASES: Mapping[str, str] = MappingProxyType({"tls": "ssl"})


def path_of(record: Record) -> str:
    """Return the log that a record is from: as it says, or by a field that only that log's records have."""
    said = record.get(PATH)
    if isinstance(said, str):
        return said
    return next((path for mark, path in _MARKS.items() if mark in record), "")


def told(path: str) -> Told:
    """Return what the records of a log are."""
    return _LOGS.get(_ALIASES.get(path, path)) or _LOGS[OTHER]


def with_parts(record: Record, path: str) -> Record:
    """Return the record with what stands in a part of a field as a field of its own."""
    add = _PARTS.get(_ALIASES.get(path, path))
    if add is not None:
        add(record)
    elif told(path) is _LOGS[OTHER]:
        record.setdefault(PATH, path or None)
        record[_PROVIDER] = "zeek"
    return record


def _of_request(record: Record) -> None:
    uri = record.pop("uri", None)
    if isinstance(uri, str):
        record["uri_path"], mark, query = uri.partition("?")
        record["uri_query"] = query if mark else None
    elif uri is not None:
        record["uri"] = uri


def _of_handshake(record: Record) -> None:
    chain = record.get("cert_chain_fps")
    leaf = chain[0] if isinstance(chain, list) and chain else None
    record["certificate"] = leaf if isinstance(leaf, str) and len(leaf) == _SHA256_DIGITS else None


def _of_file(record: Record) -> None:
    receivers = record.get("rx_hosts")
    first = receivers[0] if isinstance(receivers, list) and receivers else receivers
    if first is None:  # Zeek 5.1 on: both ends of the connection, and which of them sent it
        first = record.get("id.orig_h") if record.get("is_orig") is False else record.get("id.resp_h")
    record["_receiver"] = first
    record["_size"] = record.get("total_bytes") or record.get("seen_bytes")


def _of_certificate(record: Record) -> None:
    print_ = record.get("fingerprint")
    record["_fingerprint"] = print_ if isinstance(print_, str) and len(print_) == _SHA256_DIGITS else None
    for field, name in (("_valid_from", "not_valid_before"), ("_valid_until", "not_valid_after")):
        value = record.get(f"certificate.{name}")
        record[field] = epoch(value) or moment(value)


_PARTS: Mapping[str, Callable[[Record], None]] = MappingProxyType({
    "http": _of_request, "ssl": _of_handshake, "files": _of_file, "x509": _of_certificate,
})  # fmt: skip


def dated(record: Record, action: str, number: int, offset: int) -> Row | None:
    """Return the record with its time, of the sensor's clock, and place; None without a time."""
    for name in _TIMES:
        value = record.get(name)
        when = epoch(value) or moment(value)
        if when is not None:
            return Row(record, when, Basis.SERVER.value, action, number, offset)
    return None
