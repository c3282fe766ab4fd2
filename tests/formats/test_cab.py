"""The structure of cabinets: what the directory says, and what it leaves over."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, CabMethod, build_cab
from unrig.drill.build.payload import PayloadSpec
from unrig.formats import cab
from unrig.formats.sniff import sniff
from unrig.model.errors import FormatError

FILES = (CabFile(name="a.txt", content=b"alpha" * 9), CabFile(name="dir\\b.txt", content=b"beta"))
FOLDER = CabFolder(files=FILES)


def read(data: bytes) -> cab.Cabinet:
    return cab.read(memoryview(data))


def notes(*files: CabFile) -> tuple[str, ...]:
    return read(build_cab((CabFolder(files=files),))).notes


def test_a_plain_cabinet_accounts_for_every_byte() -> None:
    data = build_cab((FOLDER, replace(FOLDER, method=CabMethod.LZX)), CabLayout(block_reserve=4))
    assert sniff(memoryview(data)) == "cab"
    found = read(data)
    assert (found.layout.prefix, found.layout.gaps, found.layout.trailing) == (None, (), None)
    assert (found.notes, found.damaged, found.layout.overlapping) == ((), "", frozenset())
    assert [cab.path_of(file) for file in found.files] == ["a.txt", "dir/b.txt"] * 2
    assert [file.folder for file in found.files] == [0, 0, 1, 1]
    assert [extent.plain for extent in found.extents] == [49, 49]
    assert found.header.size == len(data)


def test_bytes_between_and_behind_are_found() -> None:
    folders = (FOLDER, replace(FOLDER, gap=PayloadSpec(size=70)))
    found = read(build_cab(folders, CabLayout(trailing=PayloadSpec(size=500), header_reserve=PayloadSpec(size=33))))
    assert [gap.length for gap in found.layout.gaps] == [70]
    assert found.layout.trailing is not None
    assert found.layout.trailing.length == 500
    assert [field.length for field in found.fields] == [33]


def test_plain_bytes_of_no_file_are_noted() -> None:
    found = read(build_cab((replace(FOLDER, spare_plain=PayloadSpec(size=11)),)))
    assert found.notes == ("folder 0: plain bytes 49 to 60 are of no file",)
    assert notes(FILES[0], replace(FILES[1], stated_start=47)) == (
        "folder 0: plain bytes 45 to 47 are of no file",
        "folder 0: plain bytes: 49, 51 declared by its files",
    )


def test_files_that_share_bytes_are_noted_unless_they_are_the_same() -> None:
    twice = CabFile(name="again", stated_size=45, stated_start=0)
    assert notes(*FILES, twice) == ()
    assert notes(*FILES, replace(twice, stated_size=9)) == ("folder 0: overlap: two files share plain bytes from 0 on",)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("..\\up.txt", "../up.txt: name hazard: climbs out of its folder"),
        ("\\root.txt", "/root.txt: name hazard: absolute"),
        ("C:\\x", "C:/x: name hazard: names a drive"),
        (b"", ": name hazard: empty"),
        ("sub\\nul.txt", "sub/nul.txt: name hazard: names a device"),
    ],
)
def test_names_that_mislead_are_noted(name: str | bytes, note: str) -> None:
    assert notes(CabFile(name=name, content=b"x")) == (note,)


def test_folders_that_share_data_overlap() -> None:
    data = bytearray(build_cab((FOLDER, FOLDER)))
    first = struct.unpack_from("<I", data, 36)[0]
    struct.pack_into("<I", data, 44, first)
    found = read(bytes(data))
    assert found.layout.overlapping == {3, 4}
    assert found.layout.trailing is not None
    struct.pack_into("<I", data, 44, first + 3)
    assert any(note.startswith("folder 1: block 0") for note in read(bytes(data)).notes)


def test_shared_cabinets_say_so_and_are_not_measured() -> None:
    layout = CabLayout(previous="one.cab", next="three.cab")
    found = read(build_cab((replace(FOLDER, spare_plain=PayloadSpec(size=11)),), layout))
    assert (found.header.previous, found.header.next) == (b"one.cab", b"three.cab")
    assert found.notes == ()
    continued = replace(FILES[0], stated_folder=0xFFFE)
    files = read(build_cab((FOLDER, CabFolder(files=(continued,))), layout)).files
    assert [cab.folder_index(file, 2) for file in files] == [0, 0, 1]


def test_a_walk_over_blocks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cab, "MAX_BLOCKS", 2)
    long = CabFolder(files=(CabFile(name="long", content=bytes(200_000)),))
    found = read(build_cab((long, FOLDER)))
    assert found.extents[0].plain == 2 * 32_768
    assert found.extents[0].damage == "blocks: 2 in all, more"
    assert found.extents[1].plain == 0


def test_65535_folders_of_the_same_blocks_are_walked_once() -> None:
    row = struct.pack("<I2H", 36 + 8 * 65_535, 60_000, 0)
    head = struct.pack("<4s5I2B5H", b"MSCF", 0, 0, 0, 36, 0, 3, 1, 65_535, 0, 0, 0, 0)
    found = read(head + row * 65_535 + bytes(8 * 60_000))
    assert len(found.extents) == 65_535
    assert found.extents[0] is found.extents[-1]


def signed(der: bytes, *, size: int, rest: bytes = b"", mark: int = 0x00100000) -> bytes:
    """A cabinet whose reserved area points behind its end, where a DER value stands."""
    data = bytearray(build_cab((FOLDER,), CabLayout(header_reserve=PayloadSpec(size=20))))
    struct.pack_into("<3IQ", data, 40, mark, len(data), size, 0)
    return bytes(data) + der + rest


DER = b"\x30\x82\x01\x00" + bytes(256)


@pytest.mark.parametrize(
    ("data", "trailing"),
    [
        (signed(DER, size=260), 0),
        (signed(DER, size=264, rest=bytes(4)), 0),
        (signed(b"\x30\x03abc", size=5), 0),
        (signed(DER, size=560, rest=bytes(range(200)) + bytes(100)), 0),
        (signed(DER, size=260, rest=b"behind"), 6),
        (signed(DER, size=999), 260),
        (signed(DER, size=260, mark=7), 260),
        (signed(b"\x31" + DER[1:], size=260), 0),
    ],
    ids=["whole", "padded", "short", "stuffed", "behind", "cut", "mark", "no sequence"],
)
def test_the_place_of_a_signature_is_explained_whatever_it_holds(data: bytes, trailing: int) -> None:
    found = read(data)
    assert (found.layout.trailing.length if found.layout.trailing else 0) == trailing


@pytest.mark.parametrize("data", [b"", b"MSCF", b"MSCF" + bytes(21) + b"\2" + bytes(10), b"XSCF" + bytes(40)])
def test_what_is_no_cabinet_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(0, 255), st.integers(0, 300))
def test_any_flipped_or_cut_byte_gives_a_structure_or_a_format_error(place: int, mask: int, cut: int) -> None:
    data = bytearray(build_cab((FOLDER, FOLDER), CabLayout(next="n.cab", header_reserve=PayloadSpec(size=20))))
    data[place % len(data)] ^= mask
    try:
        found = read(bytes(data[: len(data) - cut]))
    except FormatError:
        return
    assert len(found.extents) == len(found.folders)
