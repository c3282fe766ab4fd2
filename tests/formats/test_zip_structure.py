"""The structure of zips that are well-formed, odd or hostile."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import zip_hostile
from unrig.drill.build.zip import Method, ZipEntry, ZipLayout, build_zip
from unrig.formats import zip_structure
from unrig.formats.zip_structure import ZipStructure
from unrig.model.errors import FormatError

ENTRIES = (
    ZipEntry(name="a.txt", content=b"alpha" * 40),
    ZipEntry(name="b/c.bin", content=bytes(range(256)), method=Method.STORED),
    ZipEntry(name="ü.txt", content=b"umlaut", descriptor=True),
)


def read(data: bytes, limit: int = zip_structure.MAX_ENTRIES) -> ZipStructure:
    return zip_structure.read(memoryview(data), limit)


def by_zipfile(compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for entry in ENTRIES:
            archive.writestr(str(entry.name), entry.content)
        archive.mkdir("folder")
    return target.getvalue()


def is_seamless(structure: ZipStructure) -> bool:
    return (structure.prefix, structure.gaps, structure.trailing, structure.overlapping) == (
        None,
        (),
        None,
        frozenset(),
    )


@pytest.mark.parametrize("data", [by_zipfile(), by_zipfile(zipfile.ZIP_STORED), build_zip(ENTRIES)])
def test_every_byte_of_a_well_formed_zip_is_accounted_for(data: bytes) -> None:
    structure = read(data)
    assert is_seamless(structure)
    assert structure.notes == ()
    assert [entry.path for entry in structure.entries][:3] == ["a.txt", "b/c.bin", "ü.txt"]
    assert structure.has_directory
    assert structure.complete


def test_sizes_offsets_and_checksums_are_those_that_zipfile_reads() -> None:
    data = build_zip(ENTRIES, ZipLayout(prefix=100, comment=b"hello"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        expected = [(i.filename, i.header_offset, i.CRC, i.compress_size, i.file_size) for i in archive.infolist()]
    found = [(e.path, e.offset, e.crc32, e.compressed_size, e.size) for e in read(data).entries]
    assert found == expected


def test_zip64_fields_are_resolved() -> None:
    entries = tuple(ZipEntry(name=e.name, content=e.content, zip64=True, descriptor=e.descriptor) for e in ENTRIES)
    structure = read(build_zip(entries, ZipLayout(zip64=True)))
    assert is_seamless(structure)
    assert structure.notes == ()
    assert [entry.size for entry in structure.entries] == [len(entry.content) for entry in ENTRIES]


def test_a_self_extracting_prefix_is_a_prefix_whether_offsets_count_it_or_not() -> None:
    plain = build_zip(ENTRIES)
    for data in (build_zip(ENTRIES, ZipLayout(prefix=4096)), b"MZ" + bytes(4094) + plain):
        structure = read(data)
        assert structure.prefix is not None
        assert (structure.prefix.offset, structure.prefix.length) == (0, 4096)
        assert structure.gaps == ()
        assert all(entry.data_offset > 4096 for entry in structure.entries)


def test_bytes_between_members_and_before_the_directory_are_gaps() -> None:
    entries = (ENTRIES[0], ZipEntry(name="x", content=b"x", gap=77))
    structure = read(build_zip(entries, ZipLayout(before_directory=55)))
    assert [gap.length for gap in structure.gaps] == [77, 55]


def test_trailing_bytes_are_found_however_many_they_are() -> None:
    for count in (1, 70_000, 200_000):
        structure = read(build_zip(ENTRIES, ZipLayout(trailing=count)))
        assert structure.trailing is not None
        assert structure.trailing.length == count
        assert len(structure.entries) == 3


def test_the_apk_signing_block_is_a_known_structure() -> None:
    plain = build_zip(ENTRIES)
    end = plain.rindex(b"PK\5\6")
    directory = struct.unpack_from("<I", plain, end + 16)[0]
    body = b"\x2a" * 100
    size = len(body) + 24
    block = struct.pack("<Q", size) + body + struct.pack("<Q", size) + b"APK Sig Block 42"
    moved = plain[:directory] + block + plain[directory:]
    end += len(block)
    data = moved[: end + 16] + struct.pack("<I", directory + len(block)) + moved[end + 20 :]
    structure = read(data)
    assert is_seamless(structure)
    assert "APK Signing Block" in [known.what for known in structure.blocks]
    lying = data.replace(struct.pack("<Q", size), struct.pack("<Q", size + 9))
    assert [gap.length for gap in read(lying).gaps] == [len(block)]


def with_extra(header_id: int, content: bytes) -> bytes:
    info = zipfile.ZipInfo("padded")
    info.extra = struct.pack("<HH", header_id, len(content)) + content
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, b"content")
    return target.getvalue()


def test_zipalign_padding_is_neither_gap_nor_foreign_field() -> None:
    for extra in (with_extra(0xD935, b"\4\0" + bytes(30)), with_extra(0, bytes(60))):
        structure = read(extra)
        assert is_seamless(structure)
        assert structure.fields == ()


def test_an_extra_field_that_no_registered_id_explains_is_shown() -> None:
    structure = read(with_extra(0xBEEF, b"hidden bytes"))
    assert [(field.what, field.length) for field in structure.fields] == [("extra field 0xbeef", 12)] * 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda data: data.replace(b"a.txt", b"z.txt", 1), "name: z.txt, a.txt"),
        (lambda data: data[:8] + b"\0\0" + data[10:], "method: 0, 8"),
        (lambda data: data[:6] + b"\1\0" + data[8:], "flags: 0x0001, 0x0000"),
        (lambda data: data[:14] + b"\0\0\0\0" + data[18:], "crc32: 0x0,"),
        (lambda data: data[:22] + b"\7\0\0\0" + data[26:], "size: 0x7, 0xc8"),
    ],
)
def test_local_header_and_directory_that_disagree_are_noted(change: object, field: str) -> None:
    data = build_zip(ENTRIES[:1])
    assert callable(change)
    assert any(note.startswith(f"a.txt: {field}") for note in read(change(data)).notes)


def test_a_data_descriptor_lets_local_sizes_be_zero() -> None:
    data = build_zip((ENTRIES[2],))
    structure = read(data)
    assert structure.notes == ()
    assert structure.gaps == ()


def test_a_second_directory_is_named() -> None:
    hidden = build_zip((ZipEntry(name="other", content=b"other"),))
    data = build_zip(ENTRIES, ZipLayout(comment=hidden))
    structure = read(data)
    assert [entry.path for entry in structure.entries][:1] in (["a.txt"], ["other"])
    assert any("another at" in note for note in structure.notes)


def test_a_zip_stored_in_a_zip_is_no_second_directory() -> None:
    inner = build_zip(ENTRIES)
    structure = read(build_zip((ZipEntry(name="inner.zip", content=inner, method=Method.STORED),)))
    assert [entry.path for entry in structure.entries] == ["inner.zip"]
    assert structure.notes == ()


def test_a_count_that_lies_is_noted() -> None:
    structure = read(build_zip(ENTRIES, ZipLayout(stated_entries=2)))
    assert len(structure.entries) == 3
    assert structure.notes == ("central directory: entries: 3, 2 declared",)


def test_entries_are_bounded() -> None:
    structure = read(build_zip(ENTRIES), limit=2)
    assert len(structure.entries) == 2
    assert not structure.complete


def test_overlapping_entries_are_told() -> None:
    structure = read(zip_hostile.overlapping_bomb(50, 1000))
    assert structure.overlapping == frozenset(range(50))


def test_members_that_claim_to_be_longer_than_they_are_overlap_their_neighbour() -> None:
    data = bytearray(build_zip(ENTRIES))
    directory = data.index(b"PK\1\2")
    data[directory + 20 : directory + 24] = struct.pack("<I", 200)
    structure = read(bytes(data))
    assert {0, 1} <= structure.overlapping


def test_hostile_names_stay_labels_and_are_noted() -> None:
    structure = read(zip_hostile.hostile_names())
    noted = {note.split(": name hazard: ")[0] for note in structure.notes if "name hazard" in note}
    assert [entry.name for entry in structure.entries] == [
        name if isinstance(name, bytes) else name.encode() for name in zip_hostile.HOSTILE_NAMES
    ]
    assert {"../above.txt", "/absolute.txt", "C:%5Cabsolute.txt", "..%5Cabove.txt", "CON", "aux.txt"} <= noted
    assert {"trailing.dot.", "stream.txt:hidden", "zero%00byte.txt", ""} <= noted
    assert "latin-%E9.txt" not in noted


def test_links_are_told_by_their_mode() -> None:
    kinds = {entry.path: entry.kind for entry in read(zip_hostile.hostile_links()).entries}
    assert kinds["up"] == "symlink"
    assert kinds["up/through.txt"] == "file"


def test_a_folder_or_link_with_too_much_content_is_a_file() -> None:
    structure = read(
        build_zip((ZipEntry(name="f/", content=b"bytes"), ZipEntry(name="l", content=bytes(5000), symlink=True)))
    )
    assert [entry.kind for entry in structure.entries] == ["file", "file"]
    assert [note.split(": ")[1] for note in structure.notes] == ["kind hazard", "kind hazard"]


@pytest.mark.parametrize("entries", [ENTRIES, ENTRIES[::-1]])
def test_a_truncated_zip_is_read_by_its_local_headers(entries: tuple[ZipEntry, ...]) -> None:
    data = build_zip(entries)
    structure = read(data[: data.rindex(b"PK\1\2")])
    assert not structure.has_directory
    assert [entry.path for entry in structure.entries] == [entry.name for entry in entries]
    assert [entry.size for entry in structure.entries] == [len(entry.content) for entry in entries]


def test_a_descriptor_that_never_comes_ends_the_scan() -> None:
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 8, 8, 0, 0, 0, 0, 0, 1, 0) + b"n"
    structure = read(local * 1000)
    assert len(structure.entries) == 1


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6", bytes(100), b"PK\5\6" * 5000])
def test_what_is_no_zip_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


def test_an_empty_zip_has_no_members() -> None:
    structure = read(build_zip(()))
    assert structure.entries == ()
    assert is_seamless(structure)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255), st.sampled_from([0, 1]))
def test_any_flipped_byte_reads_or_is_a_format_error(place: int, mask: int, form: int) -> None:
    data = bytearray(build_zip(ENTRIES, ZipLayout(zip64=bool(form), comment=b"c" * 30)))
    data[place % len(data)] ^= mask
    try:
        structure = read(bytes(data))
    except FormatError:
        return
    claimed = [structure.prefix, *structure.gaps, structure.trailing]
    assert all(0 <= one.offset <= one.end <= len(data) for one in claimed if one)
    assert all(0 <= entry.offset <= len(data) for entry in structure.entries)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_around_a_signature_are_survived(noise: bytes) -> None:
    for data in (noise + b"PK\5\6" + noise, b"PK\3\4" + noise, b"PK\1\2" + noise + b"PK\5\6" + bytes(18)):
        try:
            read(data)
        except FormatError:
            continue


def test_crc_of_the_writer_is_that_of_the_content() -> None:
    assert read(build_zip(ENTRIES)).entries[0].crc32 == zlib.crc32(ENTRIES[0].content)
