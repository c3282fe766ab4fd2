from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import certificate_table
from unrig.formats.certificate_table import Table
from unrig.model.signature import Nature

BEFORE = b"image..."  # the table does not stand at the start of a file
PAYLOAD = random.Random(1).randbytes(4096)


def entry(body: bytes, *, length: int | None = None, revision: int = 0x200, kind: int = 2) -> bytes:
    """Return one WIN_CERTIFICATE, its length as given or true."""
    told = 8 + len(body) if length is None else length
    return struct.pack("<IHH", told, revision, kind) + body


def der(size: int) -> bytes:
    """Return a SEQUENCE of this many octets in all."""
    return b"\x30\x82" + (size - 4).to_bytes(2, "big") + bytes(size - 4)


def read(table: bytes, after: bytes = b"") -> Table:
    data = memoryview(BEFORE + table + after)
    return certificate_table.read(data, len(BEFORE), len(BEFORE) + len(table))


def test_an_entry_as_signtool_writes_it() -> None:
    table = read(entry(der(1003) + bytes(5)))
    (only,) = table.entries
    assert (only.index, only.offset, only.declared_length, only.revision, only.type) == (0, 8, 1016, 0x200, 2)
    assert only.der_length == 1003
    assert only.unexplained is not None
    assert (only.unexplained.span.offset, only.unexplained.span.length) == (8 + 8 + 1003, 5)
    assert only.unexplained.nature is Nature.ZEROS
    assert (only.damage, table.damaged, table.between) == ("", (), None)
    assert (table.values[0].start, table.values[0].end) == (16, 16 + 1003)


def test_a_der_value_that_fills_its_entry_leaves_nothing() -> None:
    (only,) = read(entry(der(1008))).entries
    assert only.unexplained is None


def test_an_unaligned_length_counts_the_padding_behind_it() -> None:
    table = read(entry(der(1003)) + bytes(5))
    (only,) = table.entries
    assert only.unexplained is not None
    assert (only.unexplained.span.length, only.unexplained.nature, table.between) == (5, Nature.ZEROS, None)


def test_padding_that_is_not_zero_is_told() -> None:
    (only,) = read(entry(der(1003)) + b"12345").entries
    assert only.unexplained is not None
    assert (only.unexplained.nonzero, only.unexplained.nature) == (5, Nature.ASCII)


@pytest.mark.parametrize(
    ("hidden", "nature"),
    [(PAYLOAD, Nature.RANDOM), (b"campaign=1&" * 100, Nature.ASCII), (bytes(4096), Nature.ZEROS)],
)
def test_bytes_behind_the_der_are_told_with_their_nature(hidden: bytes, nature: Nature) -> None:
    padded = hidden + bytes(-len(hidden) % 8)
    (only,) = read(entry(der(1000) + padded)).entries
    assert only.unexplained is not None
    assert only.unexplained.nature is nature
    assert only.unexplained.span.length == len(padded)
    assert only.unexplained.span.window == hidden[:256].hex()


def test_several_entries() -> None:
    table = read(entry(der(1000)) + entry(der(500) + bytes(4)) + entry(der(104)))
    assert [e.der_length for e in table.entries] == [1000, 500, 104]
    assert sorted(table.values) == [0, 1, 2]
    assert table.between is None


def test_entries_beyond_the_limit_lie_between() -> None:
    table = read(entry(der(104)) * (certificate_table.MOST_ENTRIES + 2))
    assert len(table.entries) == certificate_table.MOST_ENTRIES
    assert table.between is not None
    assert table.between.span.length == 2 * 112


@pytest.mark.parametrize("kind", [0, 1, 3, 4, 0x0EF1])
def test_a_type_that_windows_does_not_read_explains_nothing(kind: int) -> None:
    (only,) = read(entry(der(1000), kind=kind)).entries
    assert only.der_length == 0
    assert only.unexplained is not None
    assert only.unexplained.span.length == 1000
    assert f"found {kind:#x}" in only.damage


def test_a_length_of_zero_ends_the_walk() -> None:
    table = read(entry(der(1000), length=0) + entry(der(200)))
    (only,) = table.entries
    assert "found 0" in only.damage
    assert only.unexplained is None
    assert table.between is not None
    assert (table.between.span.offset, table.between.span.length) == (16, 1000 + 208)
    assert table.values == {}
    assert table.damaged == (f"certificate table entry 0: {only.damage}",)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0xFFFFFFF8, 1009 + 8])
def test_a_length_beyond_the_table_is_cut(length: int) -> None:
    table = read(entry(der(1000) + PAYLOAD[:8], length=length), after=PAYLOAD)
    (only,) = table.entries
    assert f"found {length}" in only.damage
    assert only.der_length == 1000
    assert only.unexplained is not None
    assert only.unexplained.span.length == 8
    assert 0 in table.values


def test_a_length_that_ends_inside_the_der_is_damage() -> None:
    table = read(entry(der(1000), length=508))
    assert table.values == {}
    assert "found a length of 996" in table.entries[0].damage
    assert table.entries[0].unexplained is not None


@pytest.mark.parametrize("body", [b"", PAYLOAD, b"\x04\x02ab" + bytes(4), b"\x30\x80" + bytes(6)])
def test_an_entry_without_a_sequence_is_damage(body: bytes) -> None:
    table = read(entry(body))
    assert table.values == {}
    assert table.entries[0].damage != ""
    assert table.entries[0].der_length == 0


def test_an_unknown_revision_is_damage() -> None:
    (only,) = read(entry(der(1000), revision=0x300)).entries
    assert "0x0300" in only.damage
    assert only.der_length == 1000


def test_bytes_after_the_last_entry_lie_between() -> None:
    table = read(entry(der(1000)) + PAYLOAD)
    assert len(table.entries) == 1
    assert table.between is not None
    assert (table.between.span.length, table.between.nature) == (len(PAYLOAD), Nature.RANDOM)


def test_a_payload_that_makes_a_plausible_header_is_an_entry_that_explains_nothing() -> None:
    table = read(entry(der(1000)) + entry(PAYLOAD, revision=0x7777, kind=0x7777))
    assert [e.unexplained.span.length for e in table.entries if e.unexplained] == [len(PAYLOAD)]


def test_zeros_up_to_the_end_are_no_entry() -> None:
    table = read(entry(der(1000)) + bytes(64))
    assert len(table.entries) == 1
    assert table.between is not None
    assert (table.between.nature, table.between.span.length) == (Nature.ZEROS, 64)


@pytest.mark.parametrize("table", [b"", b"\x01", bytes(7), b"1234567"])
def test_a_table_too_short_for_an_entry_is_all_between(table: bytes) -> None:
    told = read(table)
    assert told.entries == ()
    assert (told.between.span.length if told.between else 0) == len(table)


@given(st.lists(st.one_of(st.binary(max_size=64), st.just(entry(der(40))), st.just(entry(der(43)))), max_size=6))
def test_every_byte_of_any_table_is_in_one_entry_or_between(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    table = read(raw)
    end = len(BEFORE) + len(raw)
    starts = [e.offset for e in table.entries]
    stop = table.between.span.offset if table.between else end
    assert starts == sorted(set(starts))
    assert all(len(BEFORE) <= start < stop <= end for start in starts)
    if table.between:
        assert table.between.span.offset + table.between.span.length == end
    for number, told in enumerate(table.entries):
        follows = starts[number + 1] if number + 1 < len(starts) else stop
        explained = 8 + told.der_length + (told.unexplained.span.length if told.unexplained else 0)
        assert explained == follows - told.offset
