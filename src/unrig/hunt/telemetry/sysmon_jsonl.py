"""Sysmon events as JSON lines: one flat object a line, as NXLog, Winlogbeat with flattened fields or a SIEM export it.

Fills:  the classes that `events.toml` gives Sysmon event ids; events of other providers and ids become class `other`.
Drops:  nothing: fields that no column takes stand in `rest` as JSON, and the case of folded columns in the source.
        A value that does not fit its column's type (a process id of letters) becomes null.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from unrig.data.events import catalogue, columns_of, sysmon_classes
from unrig.hunt.columns import MIXED, Layout, Record, Row, batch
from unrig.hunt.kinds import Reader
from unrig.hunt.streams import MAX_LINE, Block, Reason, Rejected, Stream, blocks, sample
from unrig.hunt.values import integer, moment
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch, Fills

TIMES = (
    ("UtcTime", Basis.DEVICE.value),  # Sysmon's own
    ("TimeCreated", Basis.DEVICE.value),
    ("SystemTime", Basis.DEVICE.value),
    ("@timestamp", Basis.SERVER.value),
    ("EventTime", Basis.STATED.value),  # NXLog: without an offset it is the device's local time
)
EVENT_IDS = ("EventID", "EventId", "event_id")
PROVIDERS = ("Channel", "SourceName", "ProviderName", "Provider_Name", "Source Name", "channel", "provider_name")
SYSMON_ONLY = ("UtcTime", "ProcessGuid", "SourceProcessGUID")
"""Where a record names neither channel nor provider, a Sysmon event has one of these."""
OTHER = "other"
BATCH_BYTES = 16 << 20
"""Bytes of lines whose records are held at a time; they take about three times as much decoded."""
MAX_LAYOUTS = 256
"""Honest sources have one or two layouts an event id; each costs a batch."""
_TOLD_LINES = 64
_BOM = b"\xef\xbb\xbf"


class _Pending(Struct):
    """Rows that wait for their batches, by event class and layout."""

    rows: dict[tuple[str, Layout], list[Row]] = {}
    bytes: int = 0


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is an object with an event id and a channel, provider or Sysmon field."""
    for line in head.removeprefix(_BOM).split(b"\n")[:_TOLD_LINES]:
        record = _decoded(line)
        if isinstance(record, dict) and _first(record, EVENT_IDS) is not None:
            return any(name in record for name in (*PROVIDERS, *SYSMON_ONLY))
    return False


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range, then what was rejected."""
    pending = _Pending()
    rejects: dict[Reason, Rejected] = {}
    for block in blocks(stream):
        if isinstance(block, Rejected):
            _count(rejects, block)
            continue
        _take(block, pending, rejects)
        if pending.bytes >= BATCH_BYTES:
            yield from _batches(pending, stream.source)
            pending = _Pending()
    yield from _batches(pending, stream.source)
    yield from (rejects[reason] for reason in sorted(rejects))


def _take(block: Block, pending: _Pending, rejects: dict[Reason, Rejected]) -> None:
    rows = pending.rows
    number = block.first - 1
    for line, offset in zip(block.lines, block.offsets, strict=True):
        number += 1
        record = _decoded(line if offset else line.removeprefix(_BOM))
        if type(record) is not dict:
            if line.strip():
                reason = record if isinstance(record, Reason) else Reason.NOT_AN_OBJECT
                _count(rejects, Rejected(reason=reason, record=number, offset=offset, sample=sample(line)))
            continue
        event = _sysmon_id(record)
        row = _row(record, _ACTIONS.get(event, ""), number, offset)
        if row is None:
            _count(rejects, Rejected(reason=Reason.NO_TIME, record=number, offset=offset, sample=sample(line)))
            continue
        key = (_SYSMON.get(event, OTHER), tuple(record))
        waiting = rows.get(key)
        if waiting is None:
            key = key if len(rows) < MAX_LAYOUTS else (key[0], MIXED)
            waiting = rows.setdefault(key, [])
        waiting.append(row)
    pending.bytes += sum(map(len, block.lines))


def _batches(pending: _Pending, source: str) -> Iterator[Batch]:
    for (event_class, layout), rows in pending.rows.items():
        yield Batch(event_class=event_class, rows=batch(event_class, layout, rows, source))


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


def _row(record: Record, action: str, number: int, offset: int) -> Row | None:
    """Return the record with its time and place; None without a time."""
    for name, basis in TIMES:
        if name in record:
            when = moment(record[name])
            if when is not None:
                return Row(record, when, basis, action, number, offset)
    return None


def _sysmon_id(record: Record) -> int:
    """Return Sysmon's event id; -1 for the events of others."""
    number = record.get("EventID")
    if type(number) is not int:
        number = integer(_first(record, EVENT_IDS))
    return number if number is not None and _is_sysmon(record) else -1


_SYSMON = sysmon_classes()
_ACTIONS = {number: action for kind in catalogue().classes.values() for number, action in kind.sysmon.items()}


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


def _count(rejects: dict[Reason, Rejected], found: Rejected) -> None:
    first = rejects.get(found.reason)
    rejects[found.reason] = found if first is None else msgspec.structs.replace(first, count=first.count + found.count)


def _fills() -> Fills:
    always = {"time", "time_basis", "source", "record", "offset", "action", "rest"}
    return {
        name: frozenset(always) | {column for column, told in columns_of(name).items() if told.sysmon}
        for name in sorted({*sysmon_classes().values(), OTHER})
    }


READER = Reader(
    id="sysmon-jsonl",
    title="Sysmon events as JSON lines",
    fills=_fills(),
    by_lines=True,
    told_by=told_by,
    read=read,
)
