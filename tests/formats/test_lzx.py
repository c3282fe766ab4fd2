"""LZX: what its frames hold, and frames that lie."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build._lzx import FRAME, LzxBlock, lzx_frames
from unrig.formats.lzx import BASE, EXTRA, SLOTS, Lzx
from unrig.model.errors import FormatError

TEXT = b"".join(b"line %d of a text that repeats itself, " % (number % 97) for number in range(3000))
CALLS = b"".join(b"\xe8" + struct.pack("<i", number * 7) + b"\x90" * (number % 13) for number in range(9000))


def unpacked(frames: list[bytes], size: int, window_bits: int = 15) -> bytes:
    decoder = Lzx(window_bits)
    plain = b"".join(decoder.plain(memoryview(frame), min(FRAME, size - at * FRAME)) for at, frame in enumerate(frames))
    assert decoder.spare == 0
    return plain


@pytest.mark.parametrize("window_bits", SLOTS)
@pytest.mark.parametrize("kinds", [*((kind,) for kind in LzxBlock), tuple(LzxBlock)])
def test_frames_come_back(window_bits: int, kinds: tuple[LzxBlock, ...]) -> None:
    plain = TEXT[:70_001] + random.Random(2).randbytes(5000) + bytes(9000) + TEXT[:8000]
    assert unpacked(list(lzx_frames(plain, window_bits, kinds)), len(plain), window_bits) == plain


def test_distances_reach_as_far_as_the_window() -> None:
    """Random bytes that come again as many bytes later: each slot up to the last is needed."""
    drawn = random.Random(3).randbytes(300)
    plain = drawn + bytes(FRAME) + drawn + bytes(4 * FRAME) + drawn + bytes(20 * FRAME) + drawn
    frames = list(lzx_frames(plain, 20, (LzxBlock.VERBATIM, LzxBlock.ALIGNED)))
    assert sum(map(len, frames)) < 4000
    assert unpacked(frames, len(plain), 20) == plain


def test_slots_are_those_of_the_specification() -> None:
    """[MS-PATCH] 2.1's table, some of its rows; ours are 2 less, as the three last distances take the first slots."""
    assert [EXTRA[slot] for slot in (0, 3, 4, 5, 6, 15, 34, 35, 36, 49)] == [0, 0, 1, 1, 2, 6, 16, 16, 17, 17]
    assert [BASE[slot] + 2 for slot in (0, 3, 4, 5, 6, 15, 35, 36, 49)] == [
        0,
        3,
        4,
        6,
        8,
        192,
        196_608,
        262_144,
        1_966_080,
    ]


@pytest.mark.parametrize("kind", LzxBlock)
def test_calls_are_relative_again(kind: LzxBlock) -> None:
    frames = list(lzx_frames(CALLS, 17, (kind,), call_size=len(CALLS)))
    assert unpacked(frames, len(CALLS), 17) == CALLS
    absolute = unpacked(list(lzx_frames(CALLS, 17, (LzxBlock.UNCOMPRESSED,))), len(CALLS), 17)
    assert absolute == CALLS
    assert frames != list(lzx_frames(CALLS, 17, (kind,)))


def test_calls_are_translated_as_published() -> None:
    """[MS-PATCH] 2.7: an absolute target at position 100 is 100 less, a negative one is larger by the size."""
    plain = bytearray(b"\x90" * 400)
    plain[100:105] = b"\xe8" + struct.pack("<i", 150)
    plain[200:205] = b"\xe8" + struct.pack("<i", -50)
    plain[300:305] = b"\xe8" + struct.pack("<i", 5000)
    plain[391:396] = b"\xe8" + struct.pack("<i", 300)
    frame = uncompressed(bytes(plain), f"1{0:016b}{1000:016b}")
    found = Lzx(15).plain(memoryview(frame), 400)
    assert [struct.unpack_from("<i", found, at)[0] for at in (101, 201, 301, 392)] == [50, 950, 5000, 300]


def words(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 16)
    return b"".join(struct.pack("<H", int(bits[at : at + 16], 2)) for at in range(0, len(bits), 16))


def uncompressed(content: bytes, before: str = "") -> bytes:
    """A block as it stands, with the byte that makes it even ([MS-PATCH] 2.3)."""
    head = words(f"{before}{3:03b}{len(content):024b}" + "0")
    return head + struct.pack("<3I", 1, 1, 1) + content + bytes(len(content) % 2)


def test_blocks_of_odd_length_are_padded_within_a_frame_and_at_its_end() -> None:
    frame = uncompressed(b"abc", "0") + uncompressed(b"defgh") + uncompressed(b"ij")
    assert Lzx(15).plain(memoryview(frame), 10) == b"abcdefghij"
    decoder = Lzx(15)
    assert decoder.plain(memoryview(uncompressed(b"abc", "0")), 3) == b"abc"
    assert decoder.plain(memoryview(uncompressed(b"defg")), 4) == b"defg"
    assert decoder.spare == 0


def test_a_block_may_go_on_in_the_next_frame() -> None:
    block = uncompressed(b"abcdefg", "0")
    decoder = Lzx(15)
    assert decoder.plain(memoryview(block[:-5]), 3) == b"abc"
    assert decoder.plain(memoryview(block[-5:] + uncompressed(b"hi")), 6) == b"defghi"


def test_a_window_that_lzx_does_not_have() -> None:
    for bits in (0, 14, 22, 31):
        with pytest.raises(FormatError, match="window"):
            Lzx(bits)


def test_bytes_behind_a_frame_are_counted() -> None:
    (frame,) = lzx_frames(TEXT[:1000], 15, (LzxBlock.VERBATIM,))
    for rest, counted in ((b"", 0), (b"hidden", 6), (b"\0\0\0\0", 0)):
        decoder = Lzx(15)
        assert decoder.plain(memoryview(frame + rest), 1000) == TEXT[:1000]
        assert decoder.spare == counted


def test_frames_that_end_early_or_name_what_is_not_there() -> None:
    (frame,) = lzx_frames(TEXT[:2000], 15, (LzxBlock.VERBATIM,))
    for broken in (b"", frame[:4], frame[:-20], b"\0\0" + frame[2:], bytes(90)):
        with pytest.raises(FormatError):
            Lzx(15).plain(memoryview(broken), 2000)
    with pytest.raises(FormatError):
        Lzx(15).plain(memoryview(frame), 1999)
    (raw,) = lzx_frames(TEXT[:2000], 15, (LzxBlock.UNCOMPRESSED,))
    for cut in (6, 14, 100):
        with pytest.raises(FormatError):
            Lzx(15).plain(memoryview(raw[:cut]), 2000)


def test_a_distance_before_the_beginning_is_none() -> None:
    first, second = lzx_frames(TEXT[:FRAME] * 2, 16, (LzxBlock.VERBATIM,))
    assert first != second
    other = Lzx(16)
    (start,) = lzx_frames(TEXT[:40], 16, (LzxBlock.VERBATIM,))
    other.plain(memoryview(start), 40)
    with pytest.raises(FormatError):
        other.plain(memoryview(second), FRAME)


def test_long_streams_keep_no_more_than_their_window() -> None:
    decoder = Lzx(15)
    plain = TEXT * 4
    for at, frame in enumerate(lzx_frames(plain, 15, (LzxBlock.VERBATIM,))):
        piece = plain[at * FRAME : (at + 1) * FRAME]
        assert decoder.plain(memoryview(frame), len(piece)) == piece
        assert len(decoder._out) <= 3 * FRAME


SAMPLES = [b"".join(lzx_frames(TEXT[:900], 15, (kind,))) for kind in LzxBlock]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 1 << 20), st.integers(0, 255), st.integers(0, 40))
def test_any_flipped_or_cut_byte_gives_as_many_bytes_or_a_format_error(
    sample: bytes, place: int, mask: int, cut: int
) -> None:
    data = bytearray(sample)
    data[place % len(data)] ^= mask
    try:
        assert len(Lzx(15).plain(memoryview(data[: len(data) - cut]), 900)) == 900
    except FormatError:
        return


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, FRAME))
def test_any_bytes_give_as_many_bytes_or_a_format_error(data: bytes, size: int) -> None:
    try:
        assert len(Lzx(15).plain(memoryview(data), size)) == size
    except FormatError:
        return
