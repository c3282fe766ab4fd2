"""MSZIP: blocks that refer to those before them."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats.mszip import Mszip
from unrig.model.errors import FormatError


def packed(plain: bytes, history: bytes = b"") -> memoryview:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=history[-32_768:])
    return memoryview(b"CK" + packer.compress(plain) + packer.flush())


def test_each_block_may_repeat_what_came_before() -> None:
    drawn = bytes(range(256)) * 128
    decoder = Mszip()
    assert decoder.plain(packed(drawn), 32_768) == drawn
    again = packed(drawn, drawn)
    assert len(again) < 250
    assert decoder.plain(again, 32_768) == drawn
    with pytest.raises(FormatError):
        Mszip().plain(again, 32_768)


def test_short_blocks_share_one_history() -> None:
    words = [b"one and two and ", b"three and ", b"one and two and three"]
    decoder, history = Mszip(), b""
    for word in words:
        assert decoder.plain(packed(word, history), len(word)) == word
        history += word


@pytest.mark.parametrize(
    ("data", "size"),
    [(b"", 4), (b"CK", 4), (b"KC" + bytes(packed(b"four"))[2:], 4), (packed(b"four"), 3), (packed(b"four"), 5)],
)
def test_blocks_that_lie_are_format_errors(data: bytes, size: int) -> None:
    with pytest.raises(FormatError):
        Mszip().plain(memoryview(data), size)


def test_bytes_behind_the_stream_are_counted() -> None:
    decoder = Mszip()
    decoder.plain(memoryview(bytes(packed(b"four")) + b"hidden"), 4)
    decoder.plain(memoryview(bytes(packed(b"four", b"four")) + b"\0\0"), 4)
    assert decoder.spare == 6


@given(st.binary(max_size=400), st.integers(0, 500), st.integers(0, 255))
def test_any_flipped_byte_gives_as_many_bytes_or_a_format_error(plain: bytes, place: int, mask: int) -> None:
    data = bytearray(packed(plain))
    data[place % len(data)] ^= mask
    try:
        assert len(Mszip().plain(memoryview(data), len(plain))) == len(plain)
    except FormatError:
        return
