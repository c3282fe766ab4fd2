"""Compound files: streams as they were written, and every lie a named line instead of a hang."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.formats import ole
from unrig.formats.ole_directory import Entry
from unrig.model.errors import FormatError, LimitError

BIG = bytes(range(256)) * 40  # in sectors of the file
SMALL = b"small stream"  # in the mini stream
STREAMS = (
    OleStream(name="Big", content=BIG),
    OleStream(name="Small", content=SMALL),
    OleStream(name="Empty"),
    OleStream(name="Inner", content=SMALL * 3, storage="Folder"),
    OleStream(name="Deep", content=BIG[:5000], storage="Folder/Other"),
)
VERSIONS = pytest.mark.parametrize("version", [3, 4])


def read(data: bytes, limit: int = ole.MAX_ENTRIES) -> ole.OleStructure:
    return ole.read(memoryview(data), limit)


def stream(structure: ole.OleStructure, name: str) -> Entry:
    return next(entry for entry in structure.entries if entry.kind == "stream" and entry.name == name)


def content(data: bytes, structure: ole.OleStructure, entry: Entry) -> bytes:
    return ole.whole(memoryview(data), structure, entry, 1 << 30)


def given_so_far(data: bytes, structure: ole.OleStructure, entry: Entry) -> tuple[bytes, str]:
    """Return what came before the damage, and the damage."""
    found = bytearray()
    try:
        for chunk in ole.content(memoryview(data), structure, entry):
            found += chunk
    except FormatError as error:
        return bytes(found), str(error)
    return bytes(found), ""


@VERSIONS
def test_streams_come_back_with_their_paths_and_nothing_is_left_over(version: int) -> None:
    data = build_ole(STREAMS, OleLayout(version=version))
    structure = read(data)
    paths = ole.paths(structure)
    found = {paths[e.index]: content(data, structure, e) for e in structure.entries if e.kind == "stream"}
    assert found == {
        "Big": BIG,
        "Small": SMALL,
        "Empty": b"",
        "Folder/Inner": SMALL * 3,
        "Folder/Other/Deep": BIG[:5000],
    }
    assert structure.damaged == ()
    assert structure.complete
    assert structure.header.version == version
    assert (structure.unused.trailing, structure.unused.sectors, structure.unused.slack) == (None, (), ())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=12), st.sampled_from([3, 4]), st.integers(0, 2000))
def test_pack_then_unpack_is_the_identity(sizes: list[int], version: int, free: int) -> None:
    plain = [bytes([index + 1]) * size for index, size in enumerate(sizes)]
    streams = tuple(OleStream(name=f"s{index}", content=part) for index, part in enumerate(plain))
    data = build_ole(streams, OleLayout(version=version, free=free), 5)
    structure = read(data)
    assert [content(data, structure, stream(structure, f"s{index}")) for index in range(len(plain))] == plain
    assert structure.damaged == ()


def test_a_file_with_more_fat_than_the_header_lists_is_read_through_its_difat() -> None:
    data = build_ole((OleStream(name="Huge", content=bytes(8 << 20)), OleStream(name="Last", content=BIG)))
    structure = read(data)
    assert struct.unpack_from("<I", data, 72) == (1,)
    assert structure.damaged == ()
    assert content(data, structure, stream(structure, "Last")) == BIG


@VERSIONS
@pytest.mark.parametrize("plain", [BIG, SMALL * 20])
def test_a_chain_in_a_circle_gives_what_it_has_and_ends(version: int, plain: bytes) -> None:
    lying = OleStream(name="x", content=plain, cycle=True, stated_size=len(plain) + (5000 if plain == BIG else 200))
    data = build_ole((lying, *STREAMS), OleLayout(version=version))
    structure = read(data)
    assert any("stream x: expected a chain with an end mark, found a cycle" in line for line in structure.damaged)
    found, _ = given_so_far(data, structure, stream(structure, "x"))
    assert found[: len(plain)] == plain
    assert not found[len(plain) :].strip(b"\0")
    assert content(data, structure, stream(structure, "Big")) == BIG


def test_a_circle_of_the_largest_size_ends_after_one_turn() -> None:
    data = build_ole((OleStream(name="x", content=BIG, cycle=True, stated_size=0xFFFFFFF0), *STREAMS))
    structure = read(data)
    found, damage = given_so_far(data, structure, stream(structure, "x"))
    assert "a cycle" in damage
    assert found == BIG


def test_a_chain_that_crosses_into_a_circle_ends_with_the_file() -> None:
    streams = (OleStream(name="x", content=BIG, cycle=True), OleStream(name="y", same_as=0, stated_size=1 << 31))
    data = build_ole(streams)
    structure = read(data)
    found, damage = given_so_far(data, structure, stream(structure, "y"))
    assert "a cycle" in damage
    assert len(found) <= len(data)


def test_chains_that_cross_are_named_and_both_delivered() -> None:
    data = build_ole((*STREAMS, OleStream(name="Twin", same_as=0)))
    structure = read(data)
    assert any("stream Twin" in line and "which another chain has" in line for line in structure.damaged)
    assert content(data, structure, stream(structure, "Twin")) == BIG
    assert content(data, structure, stream(structure, "Big")) == BIG


def test_a_chain_out_of_the_file_gives_what_came_before() -> None:
    data = build_ole((OleStream(name="x", content=BIG, cut=True),))
    structure = read(data)
    found, damage = given_so_far(data, structure, stream(structure, "x"))
    assert found
    assert BIG.startswith(found)
    assert "bytes more" in damage
    assert any("beyond the end" in line for line in structure.damaged)


@pytest.mark.parametrize("size", [len(BIG) + 1000, 0xFFFFFFFF])
def test_a_size_beyond_the_chain_is_damage_after_the_content(size: int) -> None:
    data = build_ole((OleStream(name="x", content=BIG, stated_size=size),))
    structure = read(data)
    found, damage = given_so_far(data, structure, stream(structure, "x"))
    assert found[: len(BIG)] == BIG
    assert damage
    assert any(f"{size} bytes as declared" in line for line in structure.damaged)


def test_a_size_of_more_than_32_bits_lies_in_version_3_and_not_in_4() -> None:
    data = bytearray(build_ole((OleStream(name="x", content=BIG),)))
    at = data.index("x\0".encode("utf-16-le")) + 124
    data[at] = 1
    assert any("a size of 32 bits" in line for line in read(bytes(data)).damaged)
    assert stream(read(bytes(data)), "x").size == len(BIG)


def test_a_stream_that_no_storage_lists_is_found_and_named() -> None:
    data = build_ole((*STREAMS, OleStream(name="Ghost", content=BIG[:4999], unlisted=True)))
    structure = read(data)
    ghost = stream(structure, "Ghost")
    assert not ghost.linked
    assert ole.paths(structure)[ghost.index] == "%unlisted/Ghost"
    assert content(data, structure, ghost) == BIG[:4999]
    assert any("directory entries: expected every one in some storage" in line for line in structure.damaged)
    assert structure.unused.sectors == ()


@pytest.mark.parametrize("field", ["directory_cycle", "tree_cycle", "fat_outside"])
def test_circles_in_the_directory_and_a_fat_outside_are_damage(field: str) -> None:
    structure = read(build_ole(STREAMS, OleLayout(**{field: True})))
    assert structure.damaged
    assert len({entry.index for entry in structure.entries}) == len(structure.entries)


def test_a_fat_larger_than_the_file_is_damage() -> None:
    structure = read(build_ole(STREAMS, OleLayout(fat_beyond=1 << 30)))
    assert any(line.startswith("FAT: expected 1073741825 sectors") for line in structure.damaged)
    assert len(structure.entries) == 8


def test_the_limit_ends_the_directory() -> None:
    structure = read(build_ole(STREAMS), 4)
    assert not structure.complete
    assert len(structure.entries) <= 4


def test_many_storages_within_each_other_end_at_a_bound_and_hide_no_stream() -> None:
    way = "/".join(f"d{index}" for index in range(60))
    data = build_ole((OleStream(name="Bottom", content=SMALL, storage=way),))
    structure = read(data)
    assert any("storages within each other" in line for line in structure.damaged)
    assert content(data, structure, stream(structure, "Bottom")) == SMALL


def test_names_that_separate_or_break_a_line_are_labels() -> None:
    names = ("a/b", "line\nbreak", "\5Summary", "per%cent", "\ud800lone")
    data = bytearray(build_ole(tuple(OleStream(name=f"{index}{name}"[:31]) for index, name in enumerate(names[:4]))))
    assert set(ole.paths(read(bytes(data))).values()) == {"0a%2Fb", "1line%0Abreak", "2%05Summary", "3per%25cent"}
    at = bytes(data).index("0a/b".encode("utf-16-le"))
    data[at : at + 2] = b"\0\xd8"
    assert "%ED%A0%80a%2Fb" in ole.paths(read(bytes(data))).values()


def test_whole_refuses_what_is_larger_than_asked_for() -> None:
    data = build_ole(STREAMS)
    structure = read(data)
    with pytest.raises(LimitError):
        ole.whole(memoryview(data), structure, stream(structure, "Big"), 100)


def test_a_file_cut_short_gives_what_is_there() -> None:
    data = build_ole(STREAMS)
    for end in range(512, len(data), 300):
        try:
            structure = read(data[:end])
        except FormatError:
            continue
        for entry in structure.entries:
            given_so_far(data[:end], structure, entry)


@pytest.mark.parametrize("data", [b"", b"text", bytes(512), build_ole(())[:511]])
def test_what_is_none_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


HOSTILE = build_ole(
    (*STREAMS, OleStream(name="Twin", same_as=0), OleStream(name="y", content=SMALL * 9, cycle=True)),
    OleLayout(free=700, lost=700, mini_lost=100, trailing=300, stale_name="stale"),
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.integers(0, 1 << 20), st.booleans())
def test_any_flipped_byte_gives_a_read_or_a_format_error(place: int, mask: int, other: int, in_tables: bool) -> None:
    data = bytearray(HOSTILE)
    tables = [*range(512), *range(len(data) - 4000, len(data))]
    for at in (place, other):
        data[tables[at % len(tables)] if in_tables else at % len(data)] ^= mask
    try:
        structure = read(bytes(data))
    except FormatError:
        return
    paths = ole.paths(structure)
    for entry in structure.entries:
        if entry.kind == "stream":
            assert paths[entry.index]
            found, damage = given_so_far(bytes(data), structure, entry)
            assert damage or len(found) == entry.size
            assert len(found) <= 2 * len(data) + (1 << 18)
