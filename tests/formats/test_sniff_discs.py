"""Discs with one tree of files and with two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.formats import sniff_discs as discs
from unrig.formats.sniff import sniff


def disc(*names: bytes, partition: bytes = b"", block: int = 512, at: int = 2) -> bytes:
    """Return an image with these volume descriptors, and a partition of this type in a map of Apple's."""
    image = bytearray(discs.FIRST) + b"".join((b"\1" + name + b"\1").ljust(2048, b"\0") for name in names)
    if partition:
        image[at * block : at * block + 4] = b"PM\0\0"
        image[at * block + 48 : at * block + 48 + len(partition)] = partition
    return bytes(image) + bytes(4096)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (disc(b"CD001"), "iso"),
        (disc(b"CD001", b"CD001", b"BEA01", b"NSR02", b"TEA01"), "iso_udf"),
        (disc(b"BEA01", b"NSR03", b"TEA01"), "udf"),
        (disc(b"CD001", partition=b"Apple_HFS"), "iso_hfs"),
        (disc(b"CD001", partition=b"Apple_HFSX", block=2048, at=3), "iso_hfs"),
        (disc(b"CD001", partition=b"Apple_Free"), "iso"),
        (disc(b"CD001", partition=b"Apple_HFS", at=41), "iso"),
        (disc(b"BEA01", b"other", b"NSR02"), "opaque"),
        (disc(), "opaque"),
    ],
)
def test_the_trees_of_a_disc(image: bytes, name: str) -> None:
    assert sniff(memoryview(image)) == name


def test_an_endless_row_of_descriptors_ends() -> None:
    assert not discs.is_udf(memoryview(disc(*[b"CD001"] * 200, b"NSR02")))


@given(st.binary(max_size=300), st.integers(0, 40_000))
def test_any_bytes_are_one_or_none(data: bytes, zeros: int) -> None:
    image = memoryview(bytes(zeros) + data)
    assert {check(image) for check in (discs.is_udf, discs.is_iso_with_udf, discs.is_iso_with_hfs)} <= {True, False}
