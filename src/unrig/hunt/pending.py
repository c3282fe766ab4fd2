"""Rows that wait until there are enough for a batch, and what was rejected, counted by reason. Runs in sealed workers."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from unrig.data.mappings import FieldMap
from unrig.hunt.columns import MIXED, Layout, Row, batch
from unrig.hunt.streams import Reason, Rejected
from unrig.model.telemetry import Batch

BATCH_BYTES = 2 << 20
"""Bytes of records held at a time. More of them, decoded, leave the processor's caches before they become columns:
with 16 MiB the same log takes a quarter longer (`python -m benchmarks.telemetry`)."""
MAX_LAYOUTS = 256
"""Honest sources have one or two layouts an event id; each costs a batch."""


class Pending:
    """What a reader has read and not yet given away."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._rows: dict[tuple[FieldMap, Layout], list[Row]] = {}
        self._bytes = 0
        self._rejected: dict[Reason, Rejected] = {}

    def add(self, fields: FieldMap, row: Row) -> None:
        """Take a row of that kind of record."""
        key = (fields, tuple(row.record))
        waiting = self._rows.get(key)
        if waiting is None:
            key = key if len(self._rows) < MAX_LAYOUTS else (fields, MIXED)
            waiting = self._rows.setdefault(key, [])
        waiting.append(row)

    def reject(self, found: Rejected) -> None:
        """Count what was not read; the first of each reason is the one that is shown."""
        first = self._rejected.get(found.reason)
        self._rejected[found.reason] = (
            found if first is None else msgspec.structs.replace(first, count=first.count + found.count)
        )

    def full(self, size: int) -> bool:
        """Return whether, with that many bytes of records more, it is time to give away what waits."""
        self._bytes += size
        return self._bytes >= BATCH_BYTES

    def batches(self) -> Iterator[Batch]:
        """Yield all that waits."""
        for (fields, layout), rows in self._rows.items():
            yield Batch(event_class=fields.event_class, rows=batch(fields, layout, rows, self._source))
        self._rows, self._bytes = {}, 0

    def rejected(self) -> Iterator[Rejected]:
        """Yield what was rejected, one value for each reason."""
        yield from (self._rejected[reason] for reason in sorted(self._rejected))
