"""Microsoft Defender advanced hunting, exported as CSV from the portal: any of the Device tables, or a union of them.

Fills:  process, module_load, network, dns, file, registry, driver, process_access, script, pipe, authentication, each
        row told by its `ActionType`; all other actions become class `other`, the action its channel.
Drops:  nothing: columns that no column takes stand in `rest` as JSON. The portal gives at most 30,000 rows (100,000 by
        its API): whether the answer was cut cannot be seen in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.hunt import csv_rows
from unrig.hunt.defender_records import FILLS, KIND, are_columns
from unrig.hunt.kinds import Cut, Reader
from unrig.hunt.streams import Rejected, Stream
from unrig.model.telemetry import Batch


def told_by(head: bytes) -> bool:
    """Return whether the first line names the columns of a Device table."""
    return are_columns(csv_rows.header(head))


def read(stream: Stream) -> Iterator[Batch | Rejected]:
    """Yield the batches of a source, then what was rejected."""
    return csv_rows.read(stream, KIND)


READER = Reader(
    id="defender-csv",
    title="Defender advanced hunting as CSV",
    fills=FILLS,
    cut=Cut.WHOLE,
    told_by=told_by,
    read=read,
)
