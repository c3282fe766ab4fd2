"""Linux Audit's log: the lines of one event, told by its serial number, are one row.

Fills:  process (execve), network (connect, accept), file (created, deleted and opened paths that a watch or rule
        names), authentication (USER_LOGIN, USER_AUTH); all other events become class `other`, their record types its
        channel. The device is the `node`, where the log names one, or else the source. A row's place is that of the
        event's first line.
Drops:  of an event with several paths all but the one that it created, deleted or opened; the others stand nowhere.
        All other fields stand in `rest` as JSON. What a system call number means is known for x86_64, aarch64, i386.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.data.mappings import fills, logs
from unrig.hunt.audit_records import Line, event_of, line_of
from unrig.hunt.json_lines import BOM
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.pending import Pending
from unrig.hunt.records import any_time, dated_by
from unrig.hunt.streams import Block, Reason, Rejected, Stream, blocks, sample
from unrig.hunt.text_lines import any_text, said
from unrig.model.moment import Basis
from unrig.model.telemetry import Batch

_LOGS = logs("auditd")
_OPEN_EVENTS = 64
"""Events whose lines may stand among each other's; auditd writes at most a few at once."""
_MAX_LINES = 512
_END = "EOE"
_DATED = dated_by(("_time", any_time), basis=Basis.DEVICE)


def told_by(head: bytes) -> bool:
    """Return whether any of the first lines is a record of an event."""
    return any_text(head, lambda line: line_of(line) is not None)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected."""
    log = _Log(Pending(stream.source), f"source-{stream.source}")
    for block in blocks(stream):
        if isinstance(block, Rejected):
            log.pending.reject(block)
            continue
        log.take(block)
        if log.pending.full(sum(map(len, block.lines))):
            yield from log.pending.batches()
    log.close()
    yield from log.pending.batches()
    yield from log.pending.rejected()


class _Log:
    """The events whose lines have not all been seen."""

    def __init__(self, pending: Pending, device: str) -> None:
        self.pending = pending
        self._device = device
        self._open: dict[tuple[str, str, str], tuple[int, int, list[Line]]] = {}

    def take(self, block: Block) -> None:
        number = block.first - 1
        for raw, offset in zip(block.lines, block.offsets, strict=True):
            number += 1
            text = said(raw if offset else raw.removeprefix(BOM))
            line = None if isinstance(text, Reason) else line_of(text)
            if line is not None:
                self._add(line, number, offset)
            elif raw.strip():
                reason = text if isinstance(text, Reason) else Reason.NOT_A_ROW
                self.pending.reject(Rejected(reason=reason, record=number, offset=offset, sample=sample(raw)))

    def close(self) -> None:
        for key in tuple(self._open):
            self._finish(key)

    def _add(self, line: Line, number: int, offset: int) -> None:
        key = (line.node, line.time, line.serial)
        if line.kind == _END:
            self._finish(key)
            return
        _, _, lines = self._open.setdefault(key, (number, offset, []))
        lines.append(line)
        if len(lines) >= _MAX_LINES:
            self._finish(key)
        elif len(self._open) > _OPEN_EVENTS:
            self._finish(next(iter(self._open)))

    def _finish(self, key: tuple[str, str, str]) -> None:
        found = self._open.pop(key, None)
        if found is None:
            return
        number, offset, lines = found
        record, kind = event_of(lines)
        record["node"] = record["node"] or self._device
        told = _LOGS[kind]
        row = _DATED(record, told.action, number, offset)
        if row is None:
            self.pending.reject(Rejected(reason=Reason.NO_TIME, record=number, offset=offset, count=len(lines)))
        else:
            self.pending.add(told.fields, row)


READER = Reader(
    id="auditd", title="Linux Audit logs", fills=fills(_LOGS.values()), cut=Cut.WHOLE, told_by=told_by, read=read
)
