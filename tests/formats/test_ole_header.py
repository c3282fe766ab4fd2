"""Headers of compound files: what must stand there, and what is only damage."""

from __future__ import annotations

import pytest

from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.formats.ole_header import MAX_NOTES, Notes, read_header, sector_offset
from unrig.model.errors import FormatError

DATA = build_ole((OleStream(name="x", content=bytes(9000)),))


def changed(at: int, value: bytes) -> memoryview:
    return memoryview(DATA[:at] + value + DATA[at + len(value) :])


@pytest.mark.parametrize(("version", "size"), [(3, 512), (4, 4096)])
def test_version_and_sector_size_are_told(version: int, size: int) -> None:
    data = build_ole((OleStream(name="x", content=bytes(9000)),), OleLayout(version=version))
    header = read_header(memoryview(data))
    assert (header.version, header.sector_size, header.cutoff, header.damaged) == (version, size, 4096, ())
    assert header.sector_count == len(data) // size - 1
    assert sector_offset(header, 0) == size
    assert len(header.difat) == 109


def test_a_last_sector_that_is_cut_short_counts() -> None:
    whole = read_header(memoryview(DATA)).sector_count
    assert read_header(memoryview(DATA[:-1])).sector_count == whole
    assert read_header(memoryview(DATA[:-512])).sector_count == whole - 1


@pytest.mark.parametrize(("at", "value"), [(0, b"X"), (28, b"\xff\xfe"), (30, b"\x0a")])
def test_magic_byte_order_and_sector_size_are_asked_for(at: int, value: bytes) -> None:
    with pytest.raises(FormatError):
        read_header(changed(at, value))


@pytest.mark.parametrize(
    ("at", "value", "where"),
    [
        (26, b"\x04", "header: version"),
        (32, b"\x07", "header: mini sector shift"),
        (56, b"\0\x20", "header: mini stream cutoff"),
        (36, b"hide", "header: reserved fields"),
        (8, b"class", "header: reserved fields"),
    ],
)
def test_fields_that_must_have_one_value_are_damage_where_they_have_another(at: int, value: bytes, where: str) -> None:
    assert read_header(changed(at, value)).damaged[0].startswith(f"{where}: expected ")


def test_notes_are_bounded_and_said_once() -> None:
    notes = Notes(("first",))
    for number in range(1000):
        notes.add("x", "y", str(number))
        notes.add("x", "y", str(number))
    assert len(notes.lines) == len(set(notes.lines)) == MAX_NOTES + 1
    assert notes.lines[-1] == f"notes: expected at most {MAX_NOTES} kinds of damage, found more"
    assert notes.lines[1] == "x: expected y, found 0"
