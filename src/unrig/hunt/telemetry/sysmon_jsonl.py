"""Sysmon events as JSON lines: one flat object a line, as NXLog, Winlogbeat with flattened fields or a SIEM export it.

Fills:  the classes that `events.toml` gives Sysmon event ids; events of other providers and ids become class `other`.
Drops:  nothing: fields that no column takes stand in `rest` as JSON, and the case of folded columns in the source.
        A value that does not fit its column's type (a process id of letters) becomes null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from unrig.data.events import catalogue, columns_of, sysmon_classes
from unrig.hunt.columns import Record, Rows, batch, integer, moment
from unrig.hunt.kinds import Reader
from unrig.hunt.streams import MAX_LINE, Block, Reason, Rejected, Stream, blocks, sample
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch, Fills

TIMES = (
    ("UtcTime", Basis.DEVICE),  # Sysmon's own
    ("TimeCreated", Basis.DEVICE),
    ("SystemTime", Basis.DEVICE),
    ("@timestamp", Basis.SERVER),
    ("EventTime", Basis.STATED),  # NXLog: without an offset it is the device's local time
)
EVENT_IDS = ("EventID", "EventId", "event_id")
PROVIDERS = ("Channel", "SourceName", "ProviderName", "Provider_Name", "Source Name", "channel", "provider_name")
SYSMON_ONLY = ("UtcTime", "ProcessGuid", "SourceProcessGUID")
"""Where a record names neither channel nor provider, a Sysmon event has one of these."""
BATCH_ROWS = 4096
BATCH_BYTES = 32 << 20
_TOLD_LINES = 64


class _Pending(Struct):
    """Rows of one class that wait for their batch."""

    records: list[Record] = field(default_factory=list)
    times: list[dt.datetime] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    bytes: int = 0


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is an object with an event id and a channel, provider or Sysmon field."""
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:_TOLD_LINES]:
        record = _decoded(line)
        if isinstance(record, dict) and _first(record, EVENT_IDS) is not None:
            return any(name in record for name in (*PROVIDERS, *SYSMON_ONLY))
    return False


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    pending: dict[str, _Pending] = {}
    rejects: dict[Reason, Rejected] = {}
    for block in blocks(stream):
        if isinstance(block, Rejected):
            _count(rejects, block)
            continue
        for index, record in _records(block, rejects):
            _place(pending, block, index, record, rejects)
        for event_class in sorted(pending):
            rows = pending[event_class]
            if len(rows.records) >= BATCH_ROWS or rows.bytes >= BATCH_BYTES:
                yield _batch(event_class, pending.pop(event_class), stream.source)
    for event_class in sorted(pending):
        yield _batch(event_class, pending[event_class], stream.source)
    yield from (rejects[reason] for reason in sorted(rejects))


def _records(block: Block, rejects: dict[Reason, Rejected]) -> Iterator[tuple[int, Record]]:
    for index, line in enumerate(block.lines):
        if len(line) <= 1 and not line.strip():
            continue  # an empty line, or the end of a line that ends in CR LF
        record = _decoded(line.removeprefix(b"\xef\xbb\xbf") if block.offsets[index] == 0 else line)
        if isinstance(record, dict):
            yield index, record
        else:
            reason = record if isinstance(record, Reason) else Reason.NOT_AN_OBJECT
            _reject(rejects, reason, block, index)


_decode = msgspec.json.Decoder().decode


def _decoded(line: bytes) -> object:
    """Return what a line holds, or the reason why it could not be decoded."""
    if len(line) > MAX_LINE:
        return Reason.LINE_TOO_LONG
    try:
        return _decode(line)
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    except (msgspec.DecodeError, RecursionError):
        return Reason.NOT_JSON


def _place(
    pending: dict[str, _Pending], block: Block, index: int, record: Record, rejects: dict[Reason, Rejected]
) -> None:
    when, basis = _time(record)
    if when is None:
        _reject(rejects, Reason.NO_TIME, block, index)
        return
    number = record.get("EventID")
    if type(number) is not int:
        number = integer(_first(record, EVENT_IDS))
    event_class, action = _class(record, number)
    rows = pending.get(event_class)
    if rows is None:
        rows = pending[event_class] = _Pending()
    rows.records.append(record)
    rows.times.append(when)
    rows.bases.append(basis)
    rows.actions.append(action)
    rows.lines.append(block.first + index)
    rows.offsets.append(block.offsets[index])
    rows.bytes += len(block.lines[index])


def _time(record: Record) -> tuple[dt.datetime | None, str]:
    for name, basis in TIMES:
        if name in record:
            when = moment(record[name])
            if when is not None:
                return when, basis.value
    return None, ""


def _class(record: Record, number: int | None) -> tuple[str, str]:
    if number is None or not _is_sysmon(record):
        return "other", ""
    event_class = _SYSMON.get(number)
    return (event_class, catalogue().classes[event_class].sysmon[number]) if event_class else ("other", "")


_SYSMON = sysmon_classes()


def _is_sysmon(record: Record) -> bool:
    provider = _first(record, PROVIDERS)
    if isinstance(provider, str):
        return "sysmon" in provider.lower()
    return any(name in record for name in SYSMON_ONLY)


def _first(record: Record, names: tuple[str, ...]) -> object:
    for name in names:
        if name in record:
            return record[name]
    return None


def _reject(rejects: dict[Reason, Rejected], reason: Reason, block: Block, index: int) -> None:
    found = Rejected(
        reason=reason, record=block.first + index, offset=block.offsets[index], sample=sample(block.lines[index])
    )
    _count(rejects, found)


def _count(rejects: dict[Reason, Rejected], found: Rejected) -> None:
    first = rejects.get(found.reason)
    rejects[found.reason] = found if first is None else msgspec.structs.replace(first, count=first.count + found.count)


def _batch(event_class: str, rows: _Pending, source: str) -> Batch:
    whole = Rows(
        records=rows.records,
        times=rows.times,
        bases=rows.bases,
        actions=rows.actions,
        lines=rows.lines,
        offsets=rows.offsets,
    )
    return Batch(event_class=event_class, rows=batch(event_class, whole, source))


def _fills() -> Fills:
    always = {"time", "time_basis", "source", "record", "offset", "action", "rest"}
    return {
        name: frozenset(always) | {column for column, told in columns_of(name).items() if told.sysmon}
        for name in sorted({*sysmon_classes().values(), "other"})
    }


READER = Reader(
    id="sysmon-jsonl",
    title="Sysmon events as JSON lines",
    fills=_fills(),
    by_lines=True,
    told_by=told_by,
    read=read,
)
