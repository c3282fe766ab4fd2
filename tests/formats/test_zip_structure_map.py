"""What is left of a file once every claim is taken out."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats.zip_structure_map import (
    APK_MAGIC,
    between_directory_and_end,
    lay_out,
    signing_block,
    spanning_marker,
)
from unrig.formats.zip_structure_parts import Stretch


def claims(*ranges: tuple[int, int]) -> list[Stretch]:
    return [Stretch(offset=offset, length=length, what="") for offset, length in ranges]


def test_touching_claims_leave_nothing() -> None:
    layout = lay_out(claims((10, 5), (0, 10)), 15)
    assert (layout.prefix, layout.gaps, layout.trailing, layout.overlapping) == (None, (), None, frozenset())


def test_what_is_before_between_and_after_is_told() -> None:
    layout = lay_out(claims((5, 5), (20, 5)), 40)
    assert layout.prefix == Stretch(offset=0, length=5, what="gap")
    assert layout.gaps == (Stretch(offset=10, length=10, what="gap"),)
    assert layout.trailing == Stretch(offset=25, length=15, what="trailing")


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (((0, 10), (9, 5)), {0, 1}),
        (((0, 10), (0, 10)), {0, 1}),
        (((0, 100), (10, 5), (50, 5)), {0, 1, 2}),
        (((0, 10), (10, 10)), set()),
        (((0, 10), (5, 0)), set()),
    ],
)
def test_those_that_share_bytes_are_told(ranges: tuple[tuple[int, int], ...], expected: set[int]) -> None:
    assert lay_out(claims(*ranges), 200).overlapping == frozenset(expected)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50)), max_size=20))
def test_every_byte_is_claimed_or_left_and_never_both(ranges: list[tuple[int, int]]) -> None:
    layout = lay_out(claims(*ranges), 250)
    claimed = {byte for offset, length in ranges for byte in range(offset, offset + length)}
    rest = [one for one in (layout.prefix, *layout.gaps, layout.trailing) if one]
    left = [byte for one in rest for byte in range(one.offset, one.end)]
    assert sorted(left) == sorted(set(range(250)) - claimed)


def block(content: bytes, stated: int | None = None) -> bytes:
    size = len(content) + 24
    return struct.pack("<Q", size if stated is None else stated) + content + struct.pack("<Q", size) + APK_MAGIC


def test_the_signing_block_counts_only_where_both_sizes_agree() -> None:
    data = b"zip" + block(b"signatures")
    found = signing_block(memoryview(data), len(data))
    assert found is not None
    assert (found.offset, found.end, found.what) == (3, len(data), "APK Signing Block")
    assert signing_block(memoryview(b"zip" + block(b"signatures", 99)), len(data)) is None
    assert signing_block(memoryview(data), len(data) - 1) is None
    assert signing_block(memoryview(data[20:]), len(data) - 20) is None


def test_a_digital_signature_and_a_spanning_marker_are_known() -> None:
    record = memoryview(b"PK\5\5\x03\x00abc")
    assert between_directory_and_end(record, 0, 9) == Stretch(offset=0, length=9, what="digital signature")
    assert between_directory_and_end(record, 0, 8) is None
    assert spanning_marker(memoryview(b"PK00PK\3\4"), 4) == Stretch(offset=0, length=4, what="spanning marker")
    assert spanning_marker(memoryview(b"PK00PK\3\4"), 8) is None
    assert spanning_marker(memoryview(b"MZ00PK\3\4"), 4) is None
