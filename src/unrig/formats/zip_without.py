"""A zip as it was before one member was added to it: what the signatures of packages are over.

NuGet, "Package Signatures Technical Details", and MSIX (as signtool and osslsigncode do it): the digest is over the
archive without its signature, whose local entry and central header are left out while counts, sizes and offsets are those
from before.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.zip_structure import Entry
from unrig.formats.zip_structure_end import find_end
from unrig.formats.zip_structure_parts import SATURATED_16, SATURATED_32, Central, Stretch, read_central
from unrig.model.errors import FormatError

MAX_ENTRIES = 200_000
_LOCAL_OFFSET = 42  # of a central header: relative offset of local header
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")


class Before(Struct, frozen=True, kw_only=True):
    """The archive without one member."""

    members: tuple[memoryview, ...]
    """From its start to its directory, in pieces."""
    directory: bytes
    """Central headers and end records."""


def before(data: memoryview, entry: Entry) -> Before:
    """Return the archive as it was before `entry` was added. Raises FormatError where it has no directory."""
    end = find_end(data)
    if end is None:
        raise FormatError("zip", "a central directory", "none")
    size = entry.end - entry.offset
    centrals = list(_centrals(data, end.directory, end.directory_limit))
    own = next((central for central in centrals if central.name == entry.name), None)
    if own is None:
        raise FormatError("zip", f"a central header of {entry.path}", "none")
    rows = b"".join(_row(data, central, own, size) for central in centrals if central is not own)
    records = b"".join(_record(data, record, own, size) for record in end.records)
    return Before(members=(data[: entry.offset], data[entry.end : end.directory]), directory=rows + records)


def _centrals(data: memoryview, at: int, limit: int) -> Iterator[Central]:
    for _ in range(MAX_ENTRIES):
        central = read_central(data, at, limit)
        if central is None:
            return
        yield central
        at = central.end


def _row(data: memoryview, central: Central, own: Central, size: int) -> bytes:
    """Return a central header; what stood behind the member moves up."""
    row = bytearray(data[central.offset : central.end])
    (offset,) = struct.unpack_from("<I", row, _LOCAL_OFFSET)
    if offset != SATURATED_32 and offset > own.local_offset:
        struct.pack_into("<I", row, _LOCAL_OFFSET, offset - size)
    return bytes(row)


def _record(data: memoryview, record: Stretch, own: Central, size: int) -> bytes:
    """Return an end record with the counts, sizes and offsets from before; a value that says `see zip64` stays."""
    raw = bytes(data[record.offset : record.end])
    header = own.end - own.offset
    if raw[:4] == b"PK\6\6" and len(raw) >= _END_64.size:
        *head, here, entries, length, offset = _END_64.unpack_from(raw)
        row = _END_64.pack(*head, here - 1, entries - 1, length - header, offset - size)
        return row + raw[_END_64.size :]
    if raw[:4] == b"PK\6\7" and len(raw) >= _LOCATOR.size:
        signature, disk, offset, disks = _LOCATOR.unpack_from(raw)
        return _LOCATOR.pack(signature, disk, offset - size - header, disks) + raw[_LOCATOR.size :]
    if raw[:4] == b"PK\5\6" and len(raw) >= _END.size:
        signature, disk, start, here, entries, length, offset, comment = _END.unpack_from(raw)
        counts = (n if n == SATURATED_16 else n - 1 for n in (here, entries))
        length = length if length == SATURATED_32 else length - header
        offset = offset if offset == SATURATED_32 else offset - size
        return _END.pack(signature, disk, start, *counts, length, offset, comment) + raw[_END.size :]
    return raw
