from __future__ import annotations

import gzip
import tempfile
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unrig.hunt import streams
from unrig.hunt.layers import head
from unrig.hunt.streams import Block, Layer, Reason, Rejected, Stream, blocks, sample


def framed(data: bytes) -> list[Block | Rejected]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        layers = (Layer.GZIP,) if data.startswith(b"\x1f\x8b") else ()
        return list(blocks(Stream(descriptor=file.fileno(), source="", end=1 << 40, layers=layers)))


def lines(found: list[Block | Rejected]) -> list[bytes]:
    return [line for block in found if isinstance(block, Block) for line in block.lines]


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=30), st.integers(1, 64))
def test_lines_come_back_with_their_offsets_whatever_the_block(texts: list[bytes], size: int) -> None:
    data = b"".join(text + b"\n" for text in texts)
    assume(not data.startswith(b"\x1f\x8b"))  # it would be unpacked
    before = streams.BLOCK
    streams.BLOCK = size
    try:
        found = framed(data)
    finally:
        streams.BLOCK = before
    assert lines(found) == texts
    offsets = [offset for block in found if isinstance(block, Block) for offset in block.offsets]
    assert [data[at : at + len(text)] for at, text in zip(offsets, texts, strict=True)] == texts
    numbers = [block.first for block in found if isinstance(block, Block)]
    assert numbers[:1] == [1][: len(numbers)]


def test_a_line_without_end_takes_bounded_memory_and_is_one_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_LINE", 1000)
    monkeypatch.setattr(streams, "BLOCK", 100)
    found = framed(b"a\n" + b"x" * 50_000 + b"\nb\n")
    assert lines(found) == [b"a", b"b"]
    [rejected] = [each for each in found if isinstance(each, Rejected)]
    assert (rejected.reason, rejected.record, rejected.offset) == (Reason.LINE_TOO_LONG, 2, 2)
    assert [block.first for block in found if isinstance(block, Block)] == [1, 3]


def test_a_compressed_source_gives_the_same_lines_in_one_member_or_many() -> None:
    whole = gzip.compress(b"one\ntwo\n")
    assert lines(framed(whole)) == [b"one", b"two"]
    assert lines(framed(gzip.compress(b"one\nt") + gzip.compress(b"wo\n"))) == [b"one", b"two"]


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_compressed_source_keeps_what_came_before(position: int, value: int) -> None:
    data = bytearray(gzip.compress(b"".join(b"line %d\n" % number for number in range(500))))
    data[3 + position % (len(data) - 3)] ^= value
    found = framed(bytes(data))
    for rejected in (each for each in found if isinstance(each, Rejected)):
        assert rejected.reason is Reason.DAMAGED
    assert len(lines(found)) <= 2000


def test_a_cut_compressed_source_is_damaged_and_its_lines_are_kept() -> None:
    data = gzip.compress(b"".join(zlib.crc32(b"%d" % n).to_bytes(4).hex().encode() + b"\n" for n in range(5000)))
    found = framed(data[: len(data) // 2])
    assert len(lines(found)) > 1000
    assert [each.reason for each in found if isinstance(each, Rejected)] == [Reason.DAMAGED]


def test_a_compressed_bomb_ends_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_INFLATED", 100_000)
    found = framed(gzip.compress(b"x\n" * 1_000_000))
    assert [each.reason for each in found if isinstance(each, Rejected)] == [Reason.TOO_LARGE]
    assert len(lines(found)) <= (100_000 + streams.BLOCK) // 2


def test_the_head_is_decompressed_and_bounded() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(gzip.compress(b"a" * 10_000_000))
        file.flush()
        found, layers = head(file.fileno())
    assert layers == (Layer.GZIP,)
    assert set(found) == {ord("a")}
    assert len(found) <= 1 << 20


def test_a_sample_is_printable_ascii() -> None:
    assert sample(b"\x1b[31m\xff\n") == "\\x1b[31m\\xff\\x0a"
    assert len(sample(b"x" * 1000)) == 48
