"""Which end record is meant, and where its directory begins."""

from __future__ import annotations

import struct

import pytest

from unrig.drill.build.zip import Method, ZipEntry, ZipLayout, build_zip
from unrig.formats.zip_structure_end import MAX_CANDIDATES, End, find_end

ENTRIES = (ZipEntry(name="a", content=b"alpha"), ZipEntry(name="b", content=b"beta"))
PLAIN = build_zip(ENTRIES)
AT = PLAIN.rindex(b"PK\5\6")


def found(data: bytes) -> End:
    end = find_end(memoryview(data))
    assert end is not None
    return end


def changed(form: str, place: int, *values: int, data: bytes = PLAIN) -> bytes:
    end = data.rindex(b"PK\5\6") + place
    return data[:end] + struct.pack(form, *values) + data[end + struct.calcsize(form) :]


def test_a_plain_archive_is_read_as_it_says() -> None:
    end = found(PLAIN)
    assert (end.directory, end.directory_limit, end.shift, end.declared) == (PLAIN.index(b"PK\1\2"), AT, 0, 2)
    assert [record.what for record in end.records] == ["end of central directory"]
    assert end.notes == ()


def test_a_prefix_that_offsets_do_not_count_is_the_shift() -> None:
    assert found(bytes(1000) + PLAIN).shift == 1000
    assert found(build_zip(ENTRIES, ZipLayout(prefix=1000))).shift == 0


def test_bytes_between_directory_and_end_do_not_move_the_directory() -> None:
    assert found(PLAIN[:AT] + b"between" + PLAIN[AT:]).directory == PLAIN.index(b"PK\1\2")


def test_a_size_that_leads_to_another_directory_is_noted() -> None:
    second = PLAIN.rindex(b"PK\1\2")
    end = found(changed("<I", 12, AT - second))
    assert end.notes == (f"central directory: read at {second:#x}, another at {PLAIN.index(b'PK' + bytes([1, 2])):#x}",)


def test_zip64_values_are_used_only_where_the_others_are_saturated() -> None:
    wide = build_zip(ENTRIES, ZipLayout(zip64=True))
    end = found(wide)
    assert [record.what for record in end.records] == [
        "zip64 end of central directory",
        "zip64 locator",
        "end of central directory",
    ]
    assert (end.declared, end.notes) == (2, ())
    lying = found(changed("<HH", 8, 7, 7, data=wide))
    assert lying.declared == 7
    assert lying.notes == ("end of central directory: entries: 7, zip64 says 2",)


def test_a_zip64_record_is_found_behind_a_prefix() -> None:
    assert found(bytes(500) + build_zip(ENTRIES, ZipLayout(zip64=True))).shift == 500


@pytest.mark.parametrize(
    "data",
    [
        changed("<H", 4, 1),
        changed("<H", 6, 1),
        changed("<II", 12, 5, 5),
        changed("<II", 12, 0xFFFFFFF0, 0xFFFFFFF0),
        PLAIN[: AT + 21],
        build_zip(())[:4] + bytes(4) + b"\0\0\0\0" + bytes(4) + b"\xff\xff\0\0" + bytes(2),
    ],
)
def test_a_record_that_leads_nowhere_is_none(data: bytes) -> None:
    assert find_end(memoryview(data)) is None


def test_the_record_that_reaches_the_end_of_the_file_wins() -> None:
    inner = build_zip((ZipEntry(name="inner", content=b"x"),))
    data = build_zip(ENTRIES, ZipLayout(comment=b"begin " + inner + b" end"))
    end = found(data)
    assert (end.records[0].offset, end.declared) == (AT, 2)
    assert len(end.notes) == 1
    assert "another at" in end.notes[0]


def test_an_archive_among_the_members_is_no_other_record() -> None:
    assert found(build_zip((ZipEntry(name="z", content=PLAIN, method=Method.STORED),))).notes == ()


def test_records_far_from_the_end_are_found_and_the_search_is_bounded() -> None:
    assert found(PLAIN + bytes(3 << 20)).declared == 2
    assert find_end(memoryview(PLAIN + b"PK\5\6" * (MAX_CANDIDATES + 20_000))) is None
