"""Telemetry with one record a line, an object in JSON or text: framed, decoded, and made into rows by whoever knows what a record is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from unrig.data.mappings import Told
from unrig.hunt.columns import Record, Row
from unrig.hunt.pending import Pending
from unrig.hunt.streams import MAX_LINE, Block, Reason, Rejected, Stream, blocks, sample
from unrig.model.telemetry import Batch

BOM = b"\xef\xbb\xbf"
TOLD_LINES = 64

Understand = Callable[[Record], "Understood | Reason"]
"""Turns a decoded object into named fields and says what it is, or why it is none of its kind."""
Dated = Callable[[Record, str, int, int], Row | None]
"""Gives a record its time and place, from its action, number and offset; None without a time."""
Decode = Callable[[bytes], object]
"""Gives what a line holds: a record, None for a line that is none, or the reason why it could not be decoded."""
Expand = Callable[[Record], Sequence[Record]]
"""Gives the records that stand in one object."""


class Understood(msgspec.Struct, frozen=True):
    """A record by its fields' names, and what it is."""

    record: Record
    told: Told


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of record in JSON."""

    understand: Understand
    dated: Dated
    decode: Decode | None = None
    """How a line is decoded; as JSON without."""
    expand: Expand | None = None
    """Where an object holds more than one record."""


def any_line(head: bytes, accept: Callable[[object], bool]) -> bool:
    """Return whether any of the first lines holds something accepted; never for an array, which has no lines."""
    start = head.removeprefix(BOM)
    if start.lstrip()[:1] == b"[":
        return False
    return any(accept(decoded(line)) for line in start.split(b"\n")[:TOLD_LINES])


def read(stream: Stream, kind: Kind) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source or range of lines, then what was rejected."""
    return collected(blocks(stream), stream.source, kind)


def collected(found: Iterable[Block | Rejected], source: str, kind: Kind) -> Iterator[Batch | Rejected]:
    """Yield the batches of framed objects, then what was rejected."""
    pending = Pending(source)
    for block in found:
        if isinstance(block, Rejected):
            pending.reject(block)
            continue
        _take(block, pending, kind)
        if pending.full(sum(map(len, block.lines))):
            yield from pending.batches()
    yield from pending.batches()
    yield from pending.rejected()


_decode = msgspec.json.Decoder().decode


def decoded(line: bytes | str) -> object:
    """Return what a line (or text of as many letters) holds, or the reason why it could not be decoded."""
    if len(line) > MAX_LINE:
        return Reason.LINE_TOO_LONG
    try:
        return _decode(line)
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    except (msgspec.DecodeError, RecursionError):
        return Reason.NOT_JSON


def _take(block: Block, pending: Pending, kind: Kind) -> None:
    decode, expand = kind.decode or decoded, kind.expand
    number = block.first - 1
    for line, offset in zip(block.lines, block.offsets, strict=True):
        number += 1
        record = decode(line if offset else line.removeprefix(BOM))
        if type(record) is dict:
            for each in (record,) if expand is None else expand(record):
                reason = _add(each, number, offset, pending, kind)
                if reason is not None:
                    pending.reject(Rejected(reason=reason, record=number, offset=offset, sample=sample(line)))
        elif record is not None and line.strip():
            reason = record if isinstance(record, Reason) else Reason.NOT_AN_OBJECT
            pending.reject(Rejected(reason=reason, record=number, offset=offset, sample=sample(line)))


def _add(record: Record, number: int, offset: int, pending: Pending, kind: Kind) -> Reason | None:
    """Add one record; return why it is none."""
    found = kind.understand(record)
    if isinstance(found, Reason):
        return found
    row = kind.dated(found.record, found.told.action, number, offset)
    if row is None:
        return Reason.NO_TIME
    pending.add(found.told.fields, row)
    return None
