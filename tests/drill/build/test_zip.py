"""Archives read by Python's zipfile, and the lies read field by field."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.payload import MARKER
from unrig.drill.build.zip import Method, ZipEntry, ZipLayout, build_zip

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/\\:", exclude_categories=("C",)), min_size=1, max_size=12
)
ENTRIES = st.lists(
    st.builds(
        ZipEntry,
        name=NAMES,
        content=st.binary(max_size=500),
        method=st.sampled_from(Method),
        descriptor=st.booleans(),
        zip64=st.booleans(),
        gap=st.integers(0, 40),
    ),
    max_size=6,
    unique_by=lambda entry: entry.name,
)
LAYOUTS = st.builds(
    ZipLayout,
    before_directory=st.integers(0, 60),
    comment=st.binary(max_size=20).filter(lambda text: b"PK" not in text),
    zip64=st.booleans(),
)


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


@settings(max_examples=80, deadline=None)
@given(ENTRIES, LAYOUTS)
def test_what_is_written_is_read(entries: list[ZipEntry], layout: ZipLayout) -> None:
    archive = opened(build_zip(tuple(entries), layout))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {entry.name: entry.content for entry in entries}
    assert archive.comment == layout.comment


@settings(max_examples=20, deadline=None)
@given(ENTRIES, LAYOUTS, st.integers(0, 9))
def test_same_entries_same_bytes(entries: list[ZipEntry], layout: ZipLayout, seed: int) -> None:
    assert build_zip(tuple(entries), layout, seed) == build_zip(tuple(entries), layout, seed)


def test_hidden_bytes_stand_where_asked() -> None:
    entries = (ZipEntry(name="a", content=b"a" * 50, gap=100), ZipEntry(name="b", content=b"b", gap=40))
    layout = ZipLayout(prefix=300, before_directory=200, trailing=150)
    data = build_zip(entries, layout, 5)
    assert data.startswith(MARKER)
    infos = opened(data).infolist()
    assert infos[0].header_offset == 300 + 100
    assert data[300:].startswith(MARKER)
    assert data[-150:].startswith(MARKER)
    directory = opened(data).start_dir
    assert data[directory - 200 :].startswith(MARKER)
    assert data.count(MARKER) == 5


def test_gaps_change_no_member() -> None:
    plain, gapped = (build_zip((ZipEntry(name="a", content=b"x" * 99, gap=gap),)) for gap in (0, 64))
    assert opened(plain).read("a") == opened(gapped).read("a")
    assert len(gapped) == len(plain) + 64


def test_local_names_may_lie() -> None:
    data = build_zip((ZipEntry(name="benign.txt", local_name="other.exe", content=b"x"),))
    assert data[30:39] == b"other.exe"
    assert opened(data).namelist() == ["benign.txt"]
    with pytest.raises(zipfile.BadZipFile, match="File name in directory"):
        opened(data).read("benign.txt")


def test_duplicates_are_both_there() -> None:
    data = build_zip((ZipEntry(name="a", content=b"first"), ZipEntry(name="a", content=b"second")))
    archive = opened(data)
    assert [archive.read(info) for info in archive.infolist()] == [b"first", b"second"]


def test_names_that_are_not_utf8() -> None:
    info = opened(build_zip((ZipEntry(name=b"caf\xe9.txt"),))).infolist()[0]
    assert info.flag_bits & 0x800 == 0
    assert info.orig_filename == b"caf\xe9.txt".decode("cp437")
    assert opened(build_zip((ZipEntry(name="café.txt"),))).infolist()[0].flag_bits & 0x800


def test_symbolic_links() -> None:
    info = opened(build_zip((ZipEntry(name="link", content=b"../up", symlink=True),))).infolist()[0]
    assert info.external_attr >> 16 == 0o120777
    assert info.create_system == 3


def test_encrypted_members_hold_a_payload() -> None:
    data = build_zip((ZipEntry(name="secret", content=b"plain text" * 9, encrypted=True, method=Method.STORED),))
    info = opened(data).infolist()[0]
    assert info.flag_bits & 1
    assert info.compress_size == 12 + 90
    assert MARKER in data
    assert b"plain text" not in data
    with pytest.raises(RuntimeError, match="encrypted"):
        opened(data).read("secret")


def test_stated_size_and_crc_may_lie() -> None:
    info = opened(build_zip((ZipEntry(name="a", content=b"abc", stated_size=2**31, stated_crc=7),))).infolist()[0]
    assert (info.file_size, info.CRC) == (2**31, 7)


def test_the_count_of_entries_may_lie() -> None:
    data = build_zip((ZipEntry(name="a"),), ZipLayout(stated_entries=900))
    assert struct.unpack_from("<H", data, len(data) - 22 + 10)[0] == 900


def test_two_entries_may_share_one_member() -> None:
    first = ZipEntry(name="a", content=b"x" * 1_000)
    archive = opened(build_zip((first, ZipEntry(name="b", same_as=0))))
    offsets = [info.header_offset for info in archive.infolist()]
    assert offsets == [0, 0]
    assert [info.file_size for info in archive.infolist()] == [1_000, 1_000]


def test_zip64_fields_are_all_ones_where_the_classic_ones_stand() -> None:
    data = build_zip((ZipEntry(name="a", content=b"x", zip64=True),), ZipLayout(zip64=True))
    assert data[18:26] == b"\xff" * 8
    assert b"PK\x06\x06" in data
    assert b"PK\x06\x07" in data
    assert data[-22 + 16 : -22 + 20] == b"\xff" * 4


UNZIP = shutil.which("unzip")


@pytest.mark.skipif(UNZIP is None, reason="unzip is not installed")
def test_unzip_agrees(tmp_path: Path) -> None:
    entries = (
        ZipEntry(name="a.txt", content=b"a" * 900),
        ZipEntry(name="b.txt", content=b"b", descriptor=True),
        ZipEntry(name="c.txt", content=b"c", zip64=True, method=Method.STORED),
    )
    path = tmp_path / "x.zip"
    path.write_bytes(build_zip(entries, ZipLayout(comment=b"hello")))
    assert subprocess.run([str(UNZIP), "-tqq", str(path)], check=False, capture_output=True).returncode == 0
