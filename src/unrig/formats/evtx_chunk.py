"""Chunks of Windows event logs (EVTX): where the records stand, and whether the checksums hold. Values stay encoded.

Specification: [MS-EVEN6] names the format only; the layout is libevtx's (libyal, Windows XML Event Log, 4 to 6): a file
header of 4,096 bytes, then chunks of 65,536, each a header of 512 bytes and records that start with `**` and end with
their size again.
"""

from __future__ import annotations

import struct
import zlib

from msgspec import Struct

FILE_MAGIC = b"ElfFile\x00"
CHUNK_MAGIC = b"ElfChnk\x00"
RECORD_MAGIC = b"**\x00\x00"
FILE_HEADER_SIZE = 4096
CHUNK_SIZE = 65536
CHUNK_HEADER_SIZE = 512
_FREE_AT, _RECORDS_CRC_AT, _HEADER_CRC_AT = 48, 52, 124
_TABLES = slice(128, 512)
"""Offsets of names and templates: a cache of what stands in the records too."""
_RECORD = struct.Struct("<4sIQQ")
_RECORD_END = 4
_TIME_AT = 16
_LAST_TIME = 2_650_467_744_000_000_000
"""FILETIME of the year 10000."""
_ALIGNMENT = 8
_INT64 = 1 << 63
_NO_ID = (1 << 64) - 1
"""As the id of the last record: decoders stop at that one, and a header that was altered may name any."""


class Record(Struct, frozen=True, kw_only=True):
    """One record; `id` is its number in this file."""

    offset: int
    """In the chunk."""
    size: int
    id: int
    dated: bool = True
    """Whether its header says a time before the year 10000; that of the event stands in its XML."""


class Chunk(Struct, frozen=True, kw_only=True):
    """What a chunk holds."""

    records: tuple[Record, ...]
    checksums_hold: bool
    gaps: int
    """Stretches before or between records that hold something that is no record."""
    readable: bytes
    """The chunk for a decoder that walks it from record to record: gaps are made into records, the tables left out."""


def is_chunk(data: bytes) -> bool:
    """Return whether this starts as a chunk and has a whole header."""
    return data.startswith(CHUNK_MAGIC) and len(data) >= CHUNK_HEADER_SIZE


def chunk(data: bytes) -> Chunk:
    """Return the records of one chunk, cut or whole; where the header's checksum does not hold, of all its bytes.

    Where a record's size does not lead to the next one, the search goes on at the next place that is one.
    """
    whole = data.ljust(CHUNK_SIZE, b"\0")[:CHUNK_SIZE]
    header_holds = _header_crc(whole) == _u32(whole, _HEADER_CRC_AT)
    free = _u32(whole, _FREE_AT)
    sane = header_holds and CHUNK_HEADER_SIZE <= free <= CHUNK_SIZE
    end = free if sane else CHUNK_SIZE
    records = _records(whole, end)
    readable, gaps = _readable(whole, records, end if sane else None)
    crc = zlib.crc32(whole[CHUNK_HEADER_SIZE:free]) if sane else 0
    return Chunk(
        records=tuple(records),
        checksums_hold=header_holds and crc == _u32(whole, _RECORDS_CRC_AT),
        gaps=gaps,
        readable=readable,
    )


def file_header() -> bytes:
    """Return the header of a file of one chunk, for a decoder that wants one (libevtx, 4)."""
    fields = struct.pack("<8sQQQIHHHH", FILE_MAGIC, 0, 0, 1, 128, 1, 3, FILE_HEADER_SIZE, 1).ljust(120, b"\0")
    return (fields + struct.pack("<II", 0, zlib.crc32(fields))).ljust(FILE_HEADER_SIZE, b"\0")


def _records(data: bytes, end: int) -> list[Record]:
    found: list[Record] = []
    at = CHUNK_HEADER_SIZE
    while 0 <= at <= end - _RECORD.size:
        _, size, number, written = _RECORD.unpack_from(data, at)
        if data.startswith(RECORD_MAGIC, at) and _is_whole(data, at, size, end) and number < _INT64:
            found.append(Record(offset=at, size=size, id=number, dated=written < _LAST_TIME))
            at += size
        else:
            at = _next_magic(data, at + _ALIGNMENT, end)
    return found


def _is_whole(data: bytes, at: int, size: int, end: int) -> bool:
    return _RECORD.size + _RECORD_END <= size <= end - at and _u32(data, at + size - _RECORD_END) == size


def _next_magic(data: bytes, at: int, end: int) -> int:
    """Return where the next record may start; -1 where none does."""
    while (at := data.find(RECORD_MAGIC, at, end)) >= 0 and at % _ALIGNMENT:
        at += 1
    return at


def _readable(data: bytes, records: list[Record], end: int | None) -> tuple[bytes, int]:
    """Return the chunk in which each record leads to the next, and the number of gaps that were bridged."""
    made, gaps, at = bytearray(data), 0, CHUNK_HEADER_SIZE
    last = records[-1].offset + records[-1].size if records else CHUNK_HEADER_SIZE
    for record in records:
        if record.offset > at:
            struct.pack_into("<4sI", made, at, RECORD_MAGIC, record.offset - at)
            gaps += 1
        if not record.dated:  # NOTE: evtx 0.14 gives up the whole chunk at such a time
            struct.pack_into("<Q", made, record.offset + _TIME_AT, 0)
        at = record.offset + record.size
    stop = last if end is None else end
    if data[last:stop].strip(b"\0"):
        gaps += 1
    final = records[-1].offset if records else CHUNK_HEADER_SIZE
    struct.pack_into("<8sQQQQIII", made, 0, CHUNK_MAGIC, 1, _NO_ID, 1, _NO_ID, 128, final, last)
    # NOTE: a circle in these tables makes evtx 0.14 loop for ever; without them it gives the same records.
    made[_TABLES] = bytes(_TABLES.stop - _TABLES.start)
    return bytes(made), gaps


def _header_crc(data: bytes) -> int:
    return zlib.crc32(data[_TABLES], zlib.crc32(data[:120]))  # libevtx, 5.1: bytes 0-119 and 128-511


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
