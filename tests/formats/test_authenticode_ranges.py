from __future__ import annotations

import hashlib
import itertools
import struct

import lief
import pytest
import signature_kit as kit
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build._spc import page_hashes as written_pages
from unrig.drill.build.certificate_table import Lie, TableSpec
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import Machine, PeSpec
from unrig.drill.build.signing import SigningSpec
from unrig.formats import authenticode_ranges as ranges
from unrig.model.errors import FormatError

SPECS = (
    PeSpec(),
    PeSpec(machine=Machine.X86),
    PeSpec(overlay=PayloadSpec(size=1001)),
    PeSpec(coff_symbols=7, checksum=False),
)
LIEF = {
    "md5": lief.PE.ALGORITHMS.MD5,
    "sha1": lief.PE.ALGORITHMS.SHA_1,
    "sha256": lief.PE.ALGORITHMS.SHA_256,
    "sha384": lief.PE.ALGORITHMS.SHA_384,
    "sha512": lief.PE.ALGORITHMS.SHA_512,
}


def layout(data: bytes) -> ranges.Layout:
    return ranges.layout(memoryview(data))


def image_hash(data: bytes, algorithm: str = "sha256") -> str:
    return ranges.image_hash(memoryview(data), layout(data), algorithm)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("algorithm", list(LIEF))
def test_the_image_hash_is_that_of_the_oracle(spec: PeSpec, algorithm: str) -> None:
    data = build_pe(spec, 3)
    data += bytes(-len(data) % 8)  # the oracle does not pad
    oracle = lief.PE.parse(data)
    assert image_hash(data, algorithm) == bytes(oracle.authentihash(LIEF[algorithm])).hex()


def test_a_signature_does_not_change_the_hash() -> None:
    signed = kit.signed_file()
    offset, _ = kit.table_range(signed)
    at = layout(signed).directory
    assert at is not None
    bare = signed[: at.start] + bytes(8) + signed[at.end : offset]
    assert image_hash(signed) == image_hash(bare)
    assert image_hash(kit.with_table(signed, b"\x30\x03\x02\x01\x07")) == image_hash(signed)


def test_a_checksum_does_not_change_the_hash_but_any_other_byte_does() -> None:
    data = build_pe(PeSpec(), 3)
    at = layout(data).checksum
    assert image_hash(data[: at.start] + b"abcd" + data[at.end :]) == image_hash(data)
    for place in (at.start - 1, at.end, len(data) - 1):
        changed = data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
        assert image_hash(changed) != image_hash(data)


def test_an_unsigned_file_is_padded_as_a_signer_would_pad_it() -> None:
    data = build_pe(PeSpec(overlay=PayloadSpec(size=1001)), 3)
    assert len(data) % 8
    assert image_hash(data) == image_hash(data + bytes(-len(data) % 8))


def test_bytes_after_the_table_are_hashed() -> None:
    signed = kit.signed_file()
    assert image_hash(signed + b"more bytes") != image_hash(signed)


def test_a_file_without_a_security_directory_is_hashed_whole() -> None:
    data = build_pe(PeSpec(), 3)
    count = int.from_bytes(data[0x3C:0x40], "little") + 24 + 108
    short = data[:count] + (4).to_bytes(4, "little") + data[count + 4 :]
    where = layout(short)
    assert where.directory is None
    assert [(r.start, r.end) for r in ranges.hashed_ranges(where)] == [
        (0, where.checksum.start),
        (where.checksum.end, len(short)),
    ]


def test_the_table_and_the_sections_are_told_as_declared() -> None:
    signed = kit.signed_file()
    where = layout(signed)
    offset, size = kit.table_range(signed)
    oracle = lief.PE.parse(signed)
    assert (where.table.start, where.table.end, where.declared) == (offset, offset + size, where.table)
    assert [(s.start, s.end) for s in where.sections] == [(s.offset, s.offset + s.size) for s in oracle.sections]
    assert where.damaged == ()


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (Lie.DIRECTORY_BEYOND, "expected its end at"),
        (Lie.OVER_SECTIONS, "overlapping section data 0"),
        (Lie.DIRECTORY_UNALIGNED, "overlapping section data"),
    ],
)
def test_a_directory_that_lies_is_damage_and_the_rest_is_read(lie: Lie, words: str) -> None:
    data = kit.signed_file(SigningSpec(table=TableSpec(lie=lie)))
    where = layout(data)
    assert any(words in d for d in where.damaged)
    assert where.table.end <= len(data)
    assert len(image_hash(data)) == 64


@pytest.mark.parametrize(
    ("offset", "size"), [(0xFFFFFFFF, 0xFFFFFFFF), (0, 0x200), (0x40, 0x100), (10**6, 8), (0x60, 0xFFFFFFFF)]
)
def test_a_table_anywhere_never_makes_hashing_fail(offset: int, size: int) -> None:
    data = bytearray(build_pe(PeSpec(), 3))
    at = layout(bytes(data)).directory
    assert at is not None
    data[at.start : at.end] = struct.pack("<II", offset, size)
    where = layout(bytes(data))
    assert where.damaged
    hashed = ranges.hashed_ranges(where)
    assert all(a.end <= b.start for a, b in itertools.pairwise(hashed))
    assert all(0 <= r.start < r.end <= len(data) for r in hashed)


@pytest.mark.parametrize("size", [0, 2, 63, 64, 0x80, 0x88, 0x98, 0xC0, 0x100])
def test_a_cut_header_is_refused(size: int) -> None:
    with pytest.raises(FormatError):
        ranges.layout(memoryview(build_pe(PeSpec(), 3)[:size]))


@pytest.mark.parametrize("change", [(0, b"ZM"), (0x3C, b"\xff\xff\xff\xff"), (0x3C, b"\x01\0\0\0")])
def test_what_is_no_pe_is_refused(change: tuple[int, bytes]) -> None:
    data = bytearray(build_pe(PeSpec(), 3))
    data[change[0] : change[0] + len(change[1])] = change[1]
    with pytest.raises(FormatError):
        layout(bytes(data))


def test_an_unknown_optional_header_is_refused() -> None:
    data = bytearray(build_pe(PeSpec(), 3))
    at = int.from_bytes(data[0x3C:0x40], "little") + 24
    data[at : at + 2] = b"\x07\x01"  # a ROM image
    with pytest.raises(FormatError, match="0x107"):
        layout(bytes(data))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("spec", SPECS)
def test_page_hashes_hold_on_the_file_they_were_made_of(spec: PeSpec, algorithm: str) -> None:
    data = build_pe(spec, 3)
    told = ranges.page_hashes(memoryview(data), layout(data), algorithm, written_pages(data, algorithm))
    pages = sum(-(-(s.end - s.start) // 4096) for s in layout(data).sections)
    assert (told.algorithm, told.pages, told.matches) == (algorithm, 1 + pages, True)


def test_a_changed_byte_breaks_its_page() -> None:
    data = build_pe(PeSpec(), 3)
    table = written_pages(data, "sha256")
    where = layout(data)
    for place in (0x30, where.sections[0].start, where.sections[-1].end - 1):
        changed = data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
        assert not ranges.page_hashes(memoryview(changed), where, "sha256", table).matches


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: b"",
        lambda t: t[:-1],
        lambda t: t[:-36],
        lambda t: t[36:],
        lambda t: t + t[-36:],
        lambda t: t[:-1] + b"\1",
        lambda t: b"\1" + t[1:],
    ],
)
def test_a_page_table_that_is_not_the_file_s_does_not_hold(spoil: object) -> None:
    data = build_pe(PeSpec(), 3)
    table = spoil(written_pages(data, "sha256"))  # type: ignore[operator]
    assert not ranges.page_hashes(memoryview(data), layout(data), "sha256", table).matches


def test_pages_of_the_section_alignment_are_recognised() -> None:
    data = bytearray(build_pe(PeSpec(), 3))
    at = int.from_bytes(data[0x3C:0x40], "little") + 24 + 32
    data[at : at + 4] = (0x2000).to_bytes(4, "little")  # as .NET assemblies have
    where = layout(bytes(data))
    headers = b"".join(bytes(data[r.start : min(r.end, where.headers_size)]) for r in ranges.hashed_ranges(where))
    headers += bytes(0x2000 - where.headers_size)
    rows = struct.pack("<I", 0) + hashlib.sha256(headers).digest()
    for s in where.sections:
        for start in range(s.start, s.end, 0x2000):
            page = bytes(data[start : min(s.end, start + 0x2000)]).ljust(0x2000, b"\0")
            rows += struct.pack("<I", start) + hashlib.sha256(page).digest()
    rows += struct.pack("<I", where.sections[-1].end) + bytes(32)
    assert ranges.page_hashes(memoryview(data), where, "sha256", rows).matches


@given(st.data())
def test_any_header_is_a_layout_or_a_format_error(data: st.DataObject) -> None:
    pe = bytearray(build_pe(PeSpec(), 3)[:0x600])
    for _ in range(data.draw(st.integers(1, 4))):
        pe[data.draw(st.integers(0, 0x3FF))] = data.draw(st.integers(0, 255))
    try:
        where = layout(bytes(pe))
    except FormatError:
        return
    assert len(ranges.image_hash(memoryview(pe), where, "sha256")) == 64
    ranges.page_hashes(memoryview(pe), where, "sha256", bytes(72))
