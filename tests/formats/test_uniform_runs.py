from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.uniform_runs import BLOCK, COMPRESSED, UniformRun, is_compressed, uniform_runs

DRAWN = random.Random(11)
RANDOM = DRAWN.randbytes(8 * BLOCK)
TEXT = b"the quick brown fox jumps over the lazy dog; " * 2000
CODE = bytes(DRAWN.choice((0, 0, 0x48, 0x8B, 0xFF, 0xE8, 0xC3, 0x89, DRAWN.randrange(256))) for _ in range(8 * BLOCK))


def runs(data: bytes, offset: int = 0) -> list[UniformRun]:
    return list(uniform_runs(memoryview(data), offset, len(data) - offset))


def test_uniform_bytes_among_others_are_one_run() -> None:
    before = CODE[: 3 * BLOCK]
    (run,) = runs(before + RANDOM + CODE)
    assert run == UniformRun(offset=3 * BLOCK, length=8 * BLOCK)


@pytest.mark.parametrize("data", [TEXT, CODE, bytes(9 * BLOCK), b"\xff" * 9 * BLOCK, RANDOM[:BLOCK], b""])
def test_what_is_no_cipher_text_is_none(data: bytes) -> None:
    assert runs(data) == []


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"Rar!\x1a\x07"])
def test_what_a_known_compression_begins_is_explained(head: bytes) -> None:
    assert runs(TEXT + head + RANDOM) == []


PIECES = [
    *(
        b"\x89PNG\r\n",
        b"\xff\xd8\xff",
        b"\xdb",
        b"\xe1",
        b"\x1f\x8b\x08",
        b"\x01abc",
        b"\0",
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zXZ",
    ),
    *(
        b"\x5d\0\0",
        b"\x80\0",
        b"BZh",
        b"9",
        b"1AY",
        b"7z\xbc\xaf",
        b"PK\x03\x04",
        b"MSCF",
        b"\0\0\0\0",
        b"OggS",
        b"wOF",
        b"F2",
    ),
    *(
        b"RIFF",
        b"fLaC",
        b"ID3",
        b"\x04",
        b"ftyp",
        b"Rar!",
        b"\x1a",
        b"\x22\x4d\x18",
        b"UPX!",
        b"GIF8",
        b"7a",
        b"LZIP",
        b"LZX",
    ),
    *(b"\x1a\x45\xdf\xa3", b"ITSF", b"abcdefghijklmnop"),
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join), st.integers(0, 6), st.integers(0, 6))
def test_the_quick_search_finds_what_the_expression_finds(data: bytes, cut: int, short: int) -> None:
    start, end = min(cut, len(data)), max(0, len(data) - short)
    assert is_compressed(memoryview(data), start, end) == bool(COMPRESSED.search(data, start, end))


def test_zlib_counts_where_it_inflates() -> None:
    words = b" ".join(DRAWN.randbytes(6).hex().encode() for _ in range(9000))
    packed = zlib.compress(words, 9)
    assert len(packed) > 4 * BLOCK
    assert runs(TEXT[:BLOCK] + packed + bytes(BLOCK)) == []
    assert not is_compressed(memoryview(b"\x78\x9c" + RANDOM[:100]), 0, 102)


def test_a_gap_of_a_few_blocks_divides_no_run() -> None:
    (run,) = runs(RANDOM[: 2 * BLOCK] + bytes(BLOCK) + RANDOM[2 * BLOCK : 4 * BLOCK])
    assert run.length == 5 * BLOCK


@given(data=st.binary(max_size=200), times=st.integers(1, 100))
@settings(deadline=None, max_examples=50)
def test_runs_lie_in_the_range(data: bytes, times: int) -> None:
    whole = data * times
    for run in runs(whole, len(whole) // 3):
        assert len(whole) // 3 <= run.offset < run.offset + run.length <= len(whole)
