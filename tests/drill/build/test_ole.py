"""Compound files as the writer makes them, looked at by hand: header, tables, trees, and every lie where it was asked."""

from __future__ import annotations

import struct

import pytest
from msgspec.structs import replace

from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.ole_directory import directory, nodes_of
from unrig.drill.build.payload import MARKER

STREAMS = (
    OleStream(name="Big", content=b"B" * 5000),
    OleStream(name="Small", content=b"s" * 100),
    OleStream(name="Inner", content=b"i" * 70, storage="A/B"),
)
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def header(data: bytes) -> tuple[int, ...]:
    """Directory sectors, FAT sectors, first directory sector, -, cutoff, mini FAT, its sectors, DIFAT, its sectors."""
    return struct.unpack_from("<9I", data, 40)


def fat(data: bytes, size: int) -> list[int]:
    numbers = struct.unpack_from("<109I", data, 76)
    found: list[int] = []
    for number in numbers[: header(data)[1]]:
        found += struct.unpack_from(f"<{size // 4}I", data, (number + 1) * size)
    return found


def entries(data: bytes, size: int) -> list[tuple[int, ...]]:
    """Length of the name, kind, colour, left, right, child, start and size of each entry."""
    table, at, raw = fat(data, size), header(data)[2], b""
    while at != END:
        raw += data[(at + 1) * size : (at + 2) * size]
        at = table[at]
    return list(struct.iter_unpack("<64xHBBIII36xIQ", raw))


@pytest.mark.parametrize(("version", "size"), [(3, 512), (4, 4096)])
def test_header_and_tables_agree(version: int, size: int) -> None:
    data = build_ole(STREAMS, OleLayout(version=version))
    assert len(data) % size == 0
    assert struct.unpack_from("<HHHHH", data, 24) == (0x3E, version, 0xFFFE, size.bit_length() - 1, 6)
    table = fat(data, size)
    sectors = len(data) // size - 1
    assert table[sectors:] == [FREE] * (len(table) - sectors)
    assert table.count(FAT) == header(data)[1]
    assert FREE not in table[:sectors]
    assert (header(data)[0] > 0) == (version == 4)


def test_entries_point_at_their_content() -> None:
    data = build_ole(STREAMS)
    root, *rest = entries(data, 512)
    big = next(entry for entry in rest if entry[-1] == 5000)
    assert data[(big[6] + 1) * 512 :].startswith(b"B" * 5000)
    mini = data[(root[6] + 1) * 512 :][: root[7]]
    small = next(entry for entry in rest if entry[-1] == 100)
    assert mini[small[6] * 64 :].startswith(b"s" * 100)
    assert root[7] == 256


def test_the_trees_are_red_and_black() -> None:
    """[MS-CFB] 2.6.4: no red entry below a red one, as many black ones on every way down."""
    streams = tuple(OleStream(name=f"stream {index}", content=b"x") for index in range(50))
    nodes = nodes_of(streams)

    def blacks(index: int, above: int) -> set[int]:
        if index == FREE:
            return {0}
        node = nodes[index]
        assert node.colour or above
        below = blacks(node.left, node.colour) | blacks(node.right, node.colour)
        return {count + node.colour for count in below}

    assert len(blacks(nodes[0].child, 1)) == 1


def test_names_are_ordered_by_length_and_capitals() -> None:
    nodes = nodes_of(tuple(OleStream(name=name) for name in ("b", "A", "aa", "Z")))

    def walk(index: int) -> list[str]:
        return [] if index == FREE else [*walk(nodes[index].left), nodes[index].name, *walk(nodes[index].right)]

    assert walk(nodes[0].child) == ["A", "b", "Z", "aa"]


@pytest.mark.parametrize("name", ["", "x" * 32])
def test_names_that_fit_no_entry_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        build_ole((OleStream(name=name),))


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_payloads() -> None:
    layout = OleLayout(trailing=500, free=600)
    assert build_ole(STREAMS, layout, 1) == build_ole(STREAMS, layout, 1)
    first, second = build_ole(STREAMS, layout, 1), build_ole(STREAMS, layout, 2)
    assert first != second
    assert len(first) == len(second)


@pytest.mark.parametrize("field", ["trailing", "free", "lost", "mini_lost"])
def test_payloads_are_there_and_say_what_they_are(field: str) -> None:
    plain, hiding = build_ole(STREAMS), build_ole(STREAMS, OleLayout(**{field: 300}))
    assert MARKER not in plain
    assert hiding.count(MARKER) == 1


def test_slack_and_excess_follow_the_content() -> None:
    data = build_ole((replace(STREAMS[0], slack=100, excess=500),))
    at = data.index(b"B" * 5000) + 5000
    assert data[at:].startswith(MARKER)
    assert data.count(MARKER) == 2


@pytest.mark.parametrize(
    "layout",
    [
        OleLayout(directory_cycle=True),
        OleLayout(tree_cycle=True),
        OleLayout(fat_outside=True),
        OleLayout(fat_beyond=9),
        OleLayout(stale_name="old"),
    ],
)
def test_each_lie_changes_the_file(layout: OleLayout) -> None:
    assert build_ole(STREAMS, layout) != build_ole(STREAMS)


def test_a_cycle_leads_back_to_the_first_sector() -> None:
    data = build_ole((replace(STREAMS[0], cycle=True),))
    start = next(entry for entry in entries(data, 512) if entry[-1] == 5000)[6]
    assert fat(data, 512)[start + 9] == start


def test_a_twin_begins_where_the_first_does() -> None:
    data = build_ole((STREAMS[0], OleStream(name="Twin", same_as=0)))
    assert len({entry[6] for entry in entries(data, 512) if entry[-1] == 5000}) == 1


def test_an_unlisted_entry_is_in_no_tree() -> None:
    listed = nodes_of((STREAMS[0], OleStream(name="Ghost", unlisted=True)))
    ghost = len(listed) - 1
    assert all(ghost not in {node.left, node.right, node.child} for node in listed)
    assert len(directory(listed, 512, bytes(16), "")) == 512


def test_many_sectors_need_a_difat() -> None:
    data = build_ole((OleStream(name="Huge", content=bytes(8 << 20)),))
    assert header(data)[7] != END
    assert header(data)[8] == 1
