"""What begins as a container and does not keep to it is said; what merely has some of its bytes is not."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.formats.sniff import sniff
from unrig.formats.sniff_broken import BROKEN, MAGICS, NAMES, broken

ENTRY = struct.pack("<4B2H2I", 32, 32, 0, 0, 1, 32, 0xFFFFFFF0, 22)


def asar(claimed: int, directory: bytes) -> bytes:
    return struct.pack("<4I", 4, claimed, claimed - 4, claimed - 8) + directory


@pytest.mark.parametrize("name", MAGICS)
def test_a_beginning_without_its_structure_is_broken(name: str) -> None:
    assert sniff(memoryview(MAGICS[name] + b"\xee" * 300)) == BROKEN + name
    assert BROKEN + name in NAMES


@pytest.mark.parametrize("claimed", [1000, 0x7FFFFFFF])
def test_a_directory_longer_than_its_asar(claimed: int) -> None:
    assert sniff(memoryview(asar(claimed, b'{"files":{}}' + bytes(100)))) == "broken asar"


@pytest.mark.parametrize("other", [asar(1000, b"text" + bytes(100)), b"\5\0\0\0" + asar(1000, b'{"files":{}}')[4:]])
def test_four_and_some_numbers_are_no_asar(other: bytes) -> None:
    assert broken(memoryview(other)) == ""


@pytest.mark.parametrize("count", [1, 3, 65535])
def test_a_directory_of_icons_that_lie_elsewhere(count: int) -> None:
    assert sniff(memoryview(struct.pack("<3H", 0, 1, count) + ENTRY * min(count, 40))) == "broken ico"


@pytest.mark.parametrize(
    "entry",
    [
        struct.pack("<4B2H2I", 32, 32, 0, 9, 1, 32, 40, 22),
        struct.pack("<4B2H2I", 32, 32, 0, 0, 7, 32, 40, 22),
        struct.pack("<4B2H2I", 32, 32, 0, 0, 1, 33, 40, 22),
        struct.pack("<4B2H2I", 32, 32, 0, 0, 1, 32, 0, 22),
    ],
)
def test_other_bytes_behind_the_same_three_numbers_are_no_icon(entry: bytes) -> None:
    assert broken(memoryview(struct.pack("<3H", 0, 1, 1) + entry)) == ""


def test_a_whole_icon_is_none_of_these() -> None:
    assert sniff(memoryview(build_image(ImageSpec(kind=ImageKind.ICO, count=3)))) == "ico"


@given(st.binary(max_size=100), st.sampled_from([b"", b"\0\0\1\0", b"\4\0\0\0"]))
def test_any_bytes_give_a_name_or_none(data: bytes, head: bytes) -> None:
    assert broken(memoryview(head + data)) in {"", *NAMES}
