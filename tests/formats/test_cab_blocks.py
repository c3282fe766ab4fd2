"""Data blocks: their checksums, with and without reserved areas."""

from __future__ import annotations

import functools
import operator
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, build_cab
from unrig.formats.cab_blocks import Block, blocks_of, checksum, checksum_holds
from unrig.formats.cab_content import pieces
from unrig.formats.cab_parts import read_folders, read_header
from unrig.model.errors import FormatError


def plainly(data: bytes) -> int:
    """[MS-CAB] 3.1 word by word."""
    whole = len(data) // 4 * 4
    words = struct.unpack(f"<{whole // 4}I", data[:whole])
    rest = data[whole:]
    last = {0: 0, 1: 0, 2: 0, 3: 0}
    last[1] = rest[0] if len(rest) == 1 else 0
    last[2] = rest[0] << 8 | rest[1] if len(rest) == 2 else 0
    last[3] = rest[0] << 16 | rest[1] << 8 | rest[2] if len(rest) == 3 else 0
    return functools.reduce(operator.xor, words, last[len(rest)])


@given(st.binary(max_size=300))
def test_the_checksum_is_the_specification_s(data: bytes) -> None:
    assert checksum(memoryview(data)) == plainly(data)


@pytest.mark.parametrize("counted_in", [False, True])
def test_a_reserved_area_may_be_counted_in(counted_in: bool) -> None:
    reserve, content = b"\1\2\3\4", b"content"
    fields = struct.pack("<2H", len(content), len(content))
    total = plainly(content) ^ plainly(fields) ^ (plainly(reserve) if counted_in else 0)
    data = struct.pack("<I", total) + fields + reserve + content
    block = Block(offset=0, checksum=total, data_offset=12, packed=7, plain=7)
    assert checksum_holds(memoryview(data), block)
    assert not checksum_holds(memoryview(data[:-1] + b"T"), block)


def test_blocks_end_with_the_file() -> None:
    data = memoryview(build_cab((CabFolder(files=(CabFile(name="a", content=bytes(100_000)),)),), CabLayout()))
    header = read_header(data)
    (folder,) = read_folders(data, header)
    whole = list(blocks_of(data, header, folder))
    assert [block.plain for block in whole] == [32_768] * 3 + [1696]
    assert whole[-1].end == len(data)
    assert all(checksum_holds(data, block) for block in whole)
    for cut in (1, whole[-1].packed + 3):
        with pytest.raises(FormatError, match="block 3"):
            list(blocks_of(data[:-cut], header, folder))


@pytest.mark.parametrize(("plain", "words"), [(0, "goes on in the next one"), (40_000, "40000")])
def test_blocks_that_are_not_whole_or_too_large_end_a_folder(plain: int, words: str) -> None:
    data = bytearray(build_cab((CabFolder(files=(CabFile(name="a", content=b"x" * 9),)),)))
    header = read_header(memoryview(data))
    (folder,) = read_folders(memoryview(data), header)
    struct.pack_into("<H", data, folder.data_offset + 6, plain)
    with pytest.raises(FormatError, match=words):
        list(pieces(memoryview(data), header, folder))
