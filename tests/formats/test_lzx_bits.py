"""Bits and trees of LZX."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build._lzx import _codes, _put_lengths, _Writer, code_lengths
from unrig.formats.lzx_bits import Bits, Table, delta_lengths
from unrig.model.errors import FormatError


def test_bits_come_from_the_highest_of_each_word() -> None:
    bits = Bits(struct.pack("<3H", 0x8001, 0xF0F0, 0x1234))
    assert [bits.take(1), bits.take(15), bits.take(4), bits.take(12), bits.take(16)] == [1, 1, 15, 0x0F0, 0x1234]
    assert (bits.position, bits.passed) == (48, False)


@given(st.lists(st.tuples(st.integers(0, 32), st.integers(0, 1 << 32)), max_size=60))
def test_what_was_put_is_taken(items: list[tuple[int, int]]) -> None:
    writer = _Writer()
    values = [(value & (1 << count) - 1, count) for count, value in items]
    for value, count in values:
        writer.put(value, count)
    bits = Bits(writer.aligned(0))
    assert [bits.take(count) for _, count in values] == [value for value, _ in values]
    assert bits.position == sum(count for _, count in values)


def test_reading_on_ends_in_an_index_error_or_shows() -> None:
    bits = Bits(b"\xff\xff\xff")
    assert bits.take(32) == 0xFFFF_00FF
    assert not bits.passed
    bits.take(9)
    assert bits.passed
    bits.at = len(bits.words)
    with pytest.raises(IndexError):
        bits.refill()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=300))
def test_codes_lead_back_to_their_symbols(symbols: list[int]) -> None:
    lengths = code_lengths(symbols, 31)
    codes, table, writer = _codes(lengths), Table(lengths, "tree"), _Writer()
    for symbol in symbols:
        writer.put(codes[symbol], lengths[symbol])
    bits = Bits(writer.aligned(0))
    assert [table.read(bits) for _ in symbols] == symbols


def test_codes_are_at_most_16_bits_long() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 24:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    symbols = [symbol for symbol, count in enumerate(fibonacci) for _ in range(count)]
    lengths = code_lengths(symbols, 24)
    assert max(lengths) <= 16
    Table(lengths, "tree")


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [2, 2, 2], [1, 2, 3], [16] * 700, [1] * 700])
def test_trees_that_are_not_complete_are_refused(lengths: list[int]) -> None:
    with pytest.raises(FormatError, match="main"):
        Table(lengths, "main tree")


def test_a_tree_without_symbols_gives_none() -> None:
    empty = Table([0] * 9, "length tree")
    with pytest.raises(IndexError):
        empty.read(Bits(bytes(8)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0, 0, 0, 0, 3, 3, 7, 16]), min_size=120, max_size=120),
    st.lists(st.sampled_from([0, 0, 0, 0, 5, 5, 5, 1]), min_size=120, max_size=120),
)
def test_lengths_are_differences(before: list[int], now: list[int]) -> None:
    writer = _Writer()
    _put_lengths(writer, before[20:], now[20:])
    found = list(before)
    delta_lengths(Bits(writer.aligned(0)), found, 20, 120)
    assert found == before[:20] + now[20:]


def test_a_run_beyond_the_last_symbol_is_refused() -> None:
    writer = _Writer()
    _put_lengths(writer, [0] * 40, [0] * 40)
    with pytest.raises(FormatError, match="code lengths"):
        delta_lengths(Bits(writer.aligned(0)), [0] * 30, 0, 30)
