from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from evtx import PyEvtxParser
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.evtx_chunk import CHUNK_SIZE, Chunk, chunk, file_header, is_chunk


def record(number: int, size: int) -> bytes:
    body = random.Random(number).randbytes(size - 28)
    return struct.pack("<4sIQQ", b"**\0\0", size, number, 0) + body + struct.pack("<I", size)


def made(*records: bytes) -> bytearray:
    body = b"".join(records)
    free = 512 + len(body)
    data = bytearray((bytes(512) + body).ljust(CHUNK_SIZE, b"\0"))
    struct.pack_into("<8sQQQQIIII", data, 0, b"ElfChnk\0", 1, 9, 1, 9, 128, 512, free, zlib.crc32(body))
    struct.pack_into("<I", data, 124, zlib.crc32(data[128:512], zlib.crc32(data[:120])))
    return data


def ids(found: Chunk) -> list[int]:
    return [each.id for each in found.records]


WHOLE = made(record(1, 64), record(2, 128), record(3, 72))


def test_records_are_found_with_their_places() -> None:
    found = chunk(bytes(WHOLE))
    assert [(each.id, each.offset, each.size) for each in found.records] == [(1, 512, 64), (2, 576, 128), (3, 704, 72)]
    assert found.checksums_hold
    assert found.gaps == 0


def test_the_readable_chunk_has_no_tables_and_no_last_record_to_stop_at() -> None:
    data = bytearray(WHOLE)
    data[128:512] = b"\x10" * 384
    readable = chunk(bytes(data)).readable
    assert not any(readable[128:512])
    assert readable[512:] == bytes(data[512:])
    assert struct.unpack_from("<QQQQ", readable, 8) == (1, (1 << 64) - 1) * 2
    assert struct.unpack_from("<I", readable, 48) == (776,)


@pytest.mark.parametrize("damage", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x05\0\0\0", b"\x48\0\0\0"])
def test_a_wrong_size_is_bridged_to_the_next_record(damage: bytes) -> None:
    data = bytearray(WHOLE)
    data[580:584] = damage
    found = chunk(bytes(data))
    assert (ids(found), found.gaps, found.checksums_hold) == ([1, 3], 1, False)
    assert struct.unpack_from("<4sI", found.readable, 576) == (b"**\0\0", 128)


def test_what_a_log_has_left_behind_its_end_is_no_record() -> None:
    data = bytearray(WHOLE)
    old = record(7, 64)
    data[2048 : 2048 + len(old)] = old
    assert ids(chunk(bytes(data))) == [1, 2, 3]


def test_where_the_header_is_damaged_every_byte_counts() -> None:
    data = bytearray(WHOLE)
    struct.pack_into("<I", data, 48, 520)
    found = chunk(bytes(data))
    assert (ids(found), found.checksums_hold) == ([1, 2, 3], False)


@pytest.mark.parametrize(
    ("keep", "expected"), [(512, []), (572, []), (576, [1]), (700, [1]), (704, [1, 2]), (772, [1, 2])]
)
def test_a_cut_chunk_has_the_records_before_the_cut(keep: int, expected: list[int]) -> None:
    found = chunk(bytes(WHOLE[:keep]))
    assert ids(found) == expected
    assert not found.checksums_hold


def test_an_id_beyond_what_a_column_holds_is_no_record() -> None:
    data = made(record(1, 64), record(1 << 63, 64))
    found = chunk(bytes(data))
    assert (ids(found), found.gaps) == ([1], 1)


def test_a_header_alone_is_not_enough_to_be_a_chunk() -> None:
    assert is_chunk(bytes(WHOLE))
    assert not is_chunk(b"ElfChnk\0")
    assert not is_chunk(bytes(CHUNK_SIZE))


def test_the_file_header_is_one_that_the_decoder_takes() -> None:
    assert (
        list(
            PyEvtxParser(io.BytesIO(file_header() + chunk(bytes(made())).readable), number_of_threads=1).records_json()
        )
        == []
    )
    assert struct.unpack_from("<I", file_header(), 124) == (zlib.crc32(file_header()[:120]),)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 800), st.integers(0, 255)), max_size=8), st.integers(512, CHUNK_SIZE))
def test_any_damage_gives_records_in_order_that_lie_within(flips: list[tuple[int, int]], keep: int) -> None:
    data = bytearray(WHOLE)
    for position, value in flips:
        data[position] = value
    found = chunk(bytes(data[:keep]))
    assert len(found.readable) == CHUNK_SIZE
    at = 512
    for each in found.records:
        assert each.offset >= at
        at = each.offset + each.size
    assert at <= CHUNK_SIZE
    at = 512
    for each in found.records:  # the decoder walks from one to the next
        while at < each.offset:
            at += struct.unpack_from("<I", found.readable, at + 4)[0]
        assert at == each.offset
        at += each.size
