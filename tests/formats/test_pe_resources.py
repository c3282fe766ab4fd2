"""The resource tree: as written, as LIEF reads it, and trees that are none."""

from __future__ import annotations

import struct
from collections.abc import Callable

import lief
import pytest

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, ResourceSpec
from unrig.formats.pe import MAX_NOTES, RESOURCE, read_header
from unrig.formats.pe_map import Image, image
from unrig.formats.pe_resources import MAX_ENTRIES, SUBDIRECTORY, Resources, read_resources
from unrig.model.pe import Resource

SPECS = (
    ResourceSpec(type=10, name="PAYLOAD", size=300),
    ResourceSpec(type=10, name=7, language=0x407, size=5),
    ResourceSpec(type="OWN", name="Ünï", size=64),
    ResourceSpec(type=999, name=1, size=1),
    ResourceSpec(type=3, name=1, size=40),
)


def read(data: bytes) -> Resources:
    view = memoryview(data)
    return read_resources(image(view, read_header(view)))


def rows(*entries: int, named: int = 0) -> bytes:
    return struct.pack("<12xHH", named, len(entries) // 2 - named) + struct.pack(f"<{len(entries)}I", *entries)


def test_leaves_are_those_written() -> None:
    data = build_pe(PeSpec(resources=SPECS), 4)
    got = read(data)
    assert got.damaged == ()
    assert {(one.type, one.name, one.language, one.size) for one in got.resources} == {
        ("RT_RCDATA", "PAYLOAD", 0x409, 300),
        ("RT_RCDATA", "#7", 0x407, 5),
        ("OWN", "Ünï", 0x409, 64),
        ("#999", "#1", 0x409, 1),
        ("RT_ICON", "#1", 0x409, 40),
    }
    contents = {data[one.offset : one.offset + one.size] for one in got.resources}
    assert contents == set(leaves(data))


def leaves(data: bytes) -> list[bytes]:
    other = lief.parse(data)
    assert isinstance(other, lief.PE.Binary)
    found, open_nodes = [], [other.resources]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, lief.PE.ResourceData):
            found.append(bytes(node.content))
        open_nodes.extend(node.childs)
    return found


def test_a_file_without_resources_has_none() -> None:
    assert read(build_pe(PeSpec(), 1)) == Resources()


def test_a_directory_that_holds_itself_ends(flat: Callable[..., Image]) -> None:
    got = read_resources(flat(rows(10, SUBDIRECTORY), RESOURCE))
    assert got.resources == ()
    assert got.damaged == ("resources: expected a tree, found the directory at 0x0 twice",)


def test_many_rows_to_one_directory_read_it_once(flat: Callable[..., Image]) -> None:
    raw = rows(*[1, SUBDIRECTORY | 0x800] * 200).ljust(0x800, b"\0") + rows(1, SUBDIRECTORY)
    got = read_resources(flat(raw, RESOURCE))
    assert got.resources == ()
    assert 0 < len(got.damaged) <= MAX_NOTES


def test_ten_thousand_nested_directories_end_at_the_third_level(flat: Callable[..., Image]) -> None:
    raw = b"".join(rows(1, SUBDIRECTORY | 24 * (level + 1)) for level in range(10_000))
    got = read_resources(flat(raw, RESOURCE))
    assert got.resources == ()
    assert got.damaged == ("resources: expected 3 levels, found a directory below level 3",)


def test_entries_are_bounded(flat: Callable[..., Image]) -> None:
    count = 0xFFFF
    leaf_at = 16 + 8 * count
    raw = rows(*[5, leaf_at] * count) + struct.pack("<IIII", 16, 4, 0, 0)
    got = read_resources(flat(raw, RESOURCE))
    assert len(got.resources) == MAX_ENTRIES
    assert got.resources[0] == Resource(type="RT_DIALOG", name="#0", language=0, offset=16, size=4)
    assert got.damaged == (f"resources: expected {count} entries, {MAX_ENTRIES} in all, found {MAX_ENTRIES} at 0x0",)


@pytest.mark.parametrize(
    ("raw", "damage"),
    [
        (b"short", "a directory at 0x0"),
        (rows(1, 0x500), "a data entry at 0x500"),
        (rows(1, 24) + struct.pack("<IIII", 0x7000000, 4, 0, 0), "data at 0x7000000"),
        (rows(1, SUBDIRECTORY | 0x7FFFFFFF), "a directory at 0x7fffffff"),
        (rows(SUBDIRECTORY | 40, 24, named=1) + struct.pack("<IIII", 16, 4, 0, 0) + b"\xff\xffab", "a name of 65535"),
    ],
)
def test_offsets_outside_the_file_are_damage(flat: Callable[..., Image], raw: bytes, damage: str) -> None:
    got = read_resources(flat(raw, RESOURCE))
    assert any(damage in line for line in got.damaged), got.damaged


def test_a_size_beyond_the_file_is_cut_and_damage(flat: Callable[..., Image]) -> None:
    got = read_resources(flat(rows(10, 24) + struct.pack("<IIII", 40, 0xFFFFFFFF, 0, 0) + b"data", RESOURCE))
    assert got.resources == (Resource(type="RT_RCDATA", name="#0", language=0, offset=40, size=20),)
    assert got.damaged == ("resources: expected 4294967295 bytes at 0x28, found 20",)


def test_entries_are_bounded_over_all_directories(flat: Callable[..., Image]) -> None:
    names, each = 300, 50
    below = 16 + 8 * names
    raw = rows(*[word for index in range(names) for word in (index, SUBDIRECTORY | below + index * (16 + 8 * each))])
    leaf_at = below + names * (16 + 8 * each)
    raw += rows(*[1, leaf_at] * each) * names + struct.pack("<IIII", 16, 4, 0, 0)
    got = read_resources(flat(raw, RESOURCE))
    assert len(got.resources) == MAX_ENTRIES - names
    assert any(f"{MAX_ENTRIES} in all" in line for line in got.damaged)
