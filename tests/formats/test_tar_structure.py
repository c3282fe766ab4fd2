"""The structure of tars: what tarfile writes, and what nobody should."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.formats import tar_structure
from unrig.formats.tar_header import number, pax_records
from unrig.formats.tar_structure import TarStructure
from unrig.model.errors import FormatError

LONG = "folder/" * 30 + "file-with-a-long-name.txt"
FORMATS = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]


def read(data: bytes, limit: int = tar_structure.MAX_ENTRIES) -> TarStructure:
    return tar_structure.read(memoryview(data), limit)


def info(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = size, kind, link
    return member


def build(*members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT, fill: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(fill * member.size))
    return target.getvalue()


@pytest.mark.parametrize("form", [*FORMATS, tarfile.USTAR_FORMAT])
def test_members_are_those_that_tarfile_wrote(form: int) -> None:
    data = build(info("a", 3), info("d", kind=tarfile.DIRTYPE), info("b/c.txt", 700), form=form)
    structure = read(data)
    assert [(e.path, e.kind, e.size) for e in structure.entries] == [
        ("a", "file", 3),
        ("d/", "folder", 0),
        ("b/c.txt", "file", 700),
    ]
    assert (structure.gaps, structure.trailing, structure.notes, structure.damaged) == ((), None, (), "")


@pytest.mark.parametrize("form", FORMATS)
def test_long_names_and_targets_are_read(form: int) -> None:
    structure = read(build(info(LONG, 5), info("l", kind=tarfile.SYMTYPE, link=LONG), info("after", 1), form=form))
    assert [e.path for e in structure.entries] == [LONG, "l", "after"]
    assert structure.entries[1].link == LONG.encode()


def test_the_ustar_prefix_belongs_to_the_name() -> None:
    name = "p" * 90 + "/" + "n" * 90
    assert read(build(info(name, 1), form=tarfile.USTAR_FORMAT)).entries[0].path == name


def test_names_that_are_no_utf8_stay_reversible() -> None:
    member = info("latin-\udce9.txt", 1)
    assert read(build(member, form=tarfile.GNU_FORMAT)).entries[0].name == b"latin-\xe9.txt"


def test_large_sizes_in_base_256_are_read() -> None:
    assert number(b"\x80" + bytes(9) + b"\x01\x00") == 256
    assert number(b"\xff" * 12) is None
    assert number(b"0000644\0") == 0o644
    assert number(b"12345678") is None


@pytest.mark.parametrize(
    ("member", "note"),
    [
        (info("../up", 1), "../up: name hazard: climbs out of its folder"),
        (info("/etc/x", 1), "/etc/x: name hazard: absolute"),
        (info("l", kind=tarfile.SYMTYPE, link="../../x"), "l: link hazard: points at ../../x"),
        (info("h", kind=tarfile.LNKTYPE, link="/etc/passwd"), "h: link hazard: points at /etc/passwd"),
        (info("p", kind=tarfile.FIFOTYPE), "p: kind hazard: a device, pipe or socket"),
        (info("c", kind=tarfile.CHRTYPE), "c: kind hazard: a device, pipe or socket"),
    ],
)
def test_what_would_leave_the_folder_is_noted(member: tarfile.TarInfo, note: str) -> None:
    assert note in read(build(member)).notes


def test_bytes_after_the_end_blocks_are_trailing() -> None:
    data = build(info("a", 3))
    assert read(data + bytes(4096)).trailing is None
    trailing = read(data + bytes(512) + b"hidden").trailing
    assert trailing is not None
    assert (trailing.offset, trailing.length) == (len(data) + 512, 6)


def test_padding_that_is_not_zero_is_a_gap() -> None:
    data = bytearray(build(info("a", 3), info("b", 3)))
    data[512 + 100] = 7
    assert [(gap.offset, gap.length) for gap in read(bytes(data)).gaps] == [(515, 509)]


def test_a_broken_header_ends_the_reading_and_is_told() -> None:
    data = bytearray(build(info("a", 3), info("b", 3), form=tarfile.GNU_FORMAT))
    data[1024] ^= 1
    structure = read(bytes(data))
    assert [e.path for e in structure.entries] == ["a"]
    assert structure.damaged.startswith("0x400: ")
    assert structure.trailing is not None


def test_data_that_end_early_are_told() -> None:
    structure = read(build(info("a", 5000))[:2048])
    assert structure.entries[0].size == 5000
    assert "the file's end" in structure.damaged


def test_sparse_members_are_marked() -> None:
    member = info("s", 10)
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "real-name"}
    structure = read(build(member, info("plain", 1)))
    assert [(e.path, e.sparse) for e in structure.entries] == [("real-name", True), ("plain", False)]


def test_a_global_header_names_all_that_follow_until_their_own() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", pax_headers={"comment": "c"}) as archive:
        archive.addfile(info("a", 0))
    assert [e.path for e in read(target.getvalue()).entries] == ["a"]


def test_entries_are_bounded() -> None:
    structure = read(build(info("a"), info("b"), info("c")), limit=2)
    assert (len(structure.entries), structure.complete) == (2, False)


@pytest.mark.parametrize("data", [b"", b"x" * 600, b"x" * 100])
def test_what_is_no_tar_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


@pytest.mark.parametrize(
    "raw", [b"x", b"0 a=b\n", b"99 path=short\n", b"5 =\n", b"18446744073709551616 a=b\n", b"6 path"]
)
def test_pax_records_end_at_the_first_that_is_none(raw: bytes) -> None:
    assert set(pax_records(b"9 path=x\n" + raw)) <= {b"path", b""}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.sampled_from(FORMATS))
def test_any_flipped_byte_reads_or_is_a_format_error(place: int, mask: int, form: int) -> None:
    data = bytearray(build(info(LONG, 30), info("b", 600), info("s", kind=tarfile.SYMTYPE, link="t"), form=form))
    data[place % len(data)] ^= mask
    try:
        structure = read(bytes(data))
    except FormatError:
        return
    assert all(entry.data_offset <= len(data) + 512 for entry in structure.entries)
