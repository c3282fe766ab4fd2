"""Microsoft Defender advanced hunting as Parquet, as a data lake or a notebook keeps it.

Fills:  as `defender_csv`. A row's record is its number in the file; its offset the first byte of the column chunks it
        stands in, since a row of Parquet has no place of its own.
Drops:  nothing: columns that no column takes stand in `rest` as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from unrig.hunt.defender_records import FILLS, KIND, are_columns
from unrig.hunt.json_lines import Understood
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.pending import Pending
from unrig.hunt.streams import Descriptor, Reason, Rejected, Stream
from unrig.model.telemetry import Batch

MAGIC = b"PAR1"
_ROWS = 20_000


def told_by(head: bytes) -> bool:
    """Return whether this starts as Parquet; which columns it has stands at its end."""
    return head.startswith(MAGIC)


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a file, then what was rejected; a group of rows that is damaged costs itself."""
    pending = Pending(stream.source)
    try:
        file = pq.ParquetFile(Descriptor(stream.descriptor), pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        yield Rejected(reason=Reason.DAMAGED, record=0, offset=0, sample=str(error)[:80])
        return
    if not are_columns(file.schema_arrow.names):
        yield Rejected(reason=Reason.NOT_AN_EVENT, record=0, offset=0, count=file.metadata.num_rows)
        return
    number = 0
    for group in range(file.num_row_groups):
        rows, place = file.metadata.row_group(group).num_rows, _place(file, group)
        try:
            for batch in file.iter_batches(_ROWS, row_groups=[group], use_threads=False):
                _take(batch, number, place, pending)
                number += batch.num_rows
                rows -= batch.num_rows
                yield from pending.batches()
        except (pa.ArrowException, OSError, ValueError) as error:
            pending.reject(
                Rejected(reason=Reason.DAMAGED, record=number + 1, offset=place, count=rows, sample=str(error)[:80])
            )
            number += rows
    yield from pending.batches()
    yield from pending.rejected()


def _take(batch: pa.RecordBatch, number: int, place: int, pending: Pending) -> None:
    for record in batch.to_pylist():
        number += 1
        found = KIND.understand(record)
        if isinstance(found, Understood):
            row = KIND.dated(found.record, found.told.action, number, place)
            if row is not None:
                pending.add(found.told.fields, row)
                continue
        pending.reject(Rejected(reason=Reason.NO_TIME, record=number, offset=place))


def _place(file: pq.ParquetFile, group: int) -> int:
    """Return where the first page of a group of rows stands."""
    about = file.metadata.row_group(group)
    columns = [about.column(each) for each in range(about.num_columns)]
    pages = (page for each in columns for page in (each.dictionary_page_offset, each.data_page_offset) if page)
    return min(pages, default=0)


READER = Reader(
    id="defender-parquet",
    title="Defender advanced hunting as Parquet",
    fills=FILLS,
    cut=Cut.WHOLE,
    told_by=told_by,
    read=read,
)
