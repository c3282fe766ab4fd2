"""Zstandard frames: where they end, what they hold, what lies."""

from __future__ import annotations

import struct

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats.compressed_stream import Chunks
from unrig.formats.zstd_frames import CHUNK, frame_end, zstd
from unrig.model.errors import FormatError, LimitError

SKIPPED = struct.pack("<II", 0x184D2A53, 5) + b"notes"


def plain(data: bytes) -> tuple[bytes, int]:
    chunks: Chunks = zstd(memoryview(data))
    found = b""
    while True:
        try:
            found += next(chunks)
        except StopIteration as stop:
            return found, int(stop.value)


@settings(deadline=None, max_examples=40)
@given(content=st.binary(max_size=3000), level=st.sampled_from([1, 9, 19]), checksum=st.booleans(), size=st.booleans())
def test_packing_then_unpacking_is_the_identity(content: bytes, level: int, checksum: bool, size: bool) -> None:
    packer = zstandard.ZstdCompressor(level=level, write_checksum=checksum, write_content_size=size)
    packed = packer.compress(content)
    assert plain(packed) == (content, len(packed))
    assert plain(packed + b"behind") == (content, len(packed))


def test_several_frames_and_skippable_ones_are_one_content() -> None:
    one, two = zstandard.compress(b"one"), zstandard.compress(b"two")
    data = SKIPPED + one + SKIPPED + two
    assert plain(data) == (b"onetwo", len(data))


def test_a_bomb_comes_in_steps() -> None:
    packed = zstandard.compress(bytes(64 << 20))
    assert len(packed) < 10_000
    assert len(next(zstd(memoryview(packed)))) <= CHUNK


def test_a_window_beyond_the_limit_is_refused() -> None:
    frame = struct.pack("<IBB", 0xFD2FB528, 0, (28 - 10) << 3) + struct.pack("<I", 5 << 3 | 1)[:3] + b"bytes"
    with pytest.raises((LimitError, FormatError)):
        plain(frame)


@pytest.mark.parametrize("cut", [3, 5, 8, 20, -1])
def test_a_cut_frame_is_a_format_error(cut: int) -> None:
    packed = zstandard.compress(bytes(range(256)) * 4, 1)
    with pytest.raises(FormatError):
        plain(packed[:cut])


def test_a_broken_checksum_is_a_format_error() -> None:
    packed = bytearray(zstandard.ZstdCompressor(write_checksum=True).compress(b"inert" * 100))
    packed[-1] ^= 1
    with pytest.raises(FormatError):
        plain(bytes(packed))


def test_what_is_no_frame_has_no_end() -> None:
    with pytest.raises(FormatError):
        frame_end(memoryview(b"no frame at all"), 0)


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, 400), bit=st.integers(0, 7))
def test_a_flipped_bit_is_content_or_an_error_of_ours(at: int, bit: int) -> None:
    packed = bytearray(zstandard.compress(b"inert line\n" * 50 + bytes(range(200))))
    packed[at % len(packed)] ^= 1 << bit
    try:
        plain(bytes(packed))
    except (FormatError, LimitError):
        return
