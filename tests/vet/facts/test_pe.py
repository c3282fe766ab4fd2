"""The facts of a PE: as asked of the writer, as LIEF reads them, and whatever byte is flipped."""

from __future__ import annotations

import math
import struct
from collections import Counter

import lief
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import ExportSpec, Machine, PeSpec, ResourceSpec, RichTool, SectionSpec
from unrig.formats.pe import CLR, SECURITY, read_header
from unrig.model.errors import FormatError
from unrig.model.pe import PeFacts
from unrig.vet.facts.pe import EXTRACTOR, extract

FULL = PeSpec(
    sections=(
        SectionSpec(name=".hidden", size=3000, kind=Kind.RANDOM),
        SectionSpec(name=".zero", size=600, kind=Kind.ZEROS),
    ),
    imports={"KERNEL32.dll": ("LoadLibraryW", "#12"), "USER32.dll": ("MessageBoxW",)},
    delay_imports={"d3dcompiler_47.dll": ("D3DCompile",)},
    exports=(ExportSpec(name="av_free"), ExportSpec(name="av_forward", forwarder="other.av_free")),
    export_name="ffmpeg.dll",
    version={"CompanyName": "Drill", "FileVersion": "18.12.416.0", "OriginalFilename": "ffmpeg.dll"},
    resources=(ResourceSpec(type=10, name="BLOB", size=200), ResourceSpec(type=3, name=1, size=40)),
    pdb_path="D:\\build\\ffmpeg.pdb",
    repro=True,
    rich=(RichTool(product=0x104, build=30034, count=9),),
    overlay=PayloadSpec(size=777, kind=Kind.RANDOM),
    coff_symbols=3,
)
DATA = build_pe(FULL, 11)


def facts_of(data: bytes | bytearray) -> PeFacts:
    return extract(memoryview(bytes(data)))


@pytest.mark.parametrize("machine", list(Machine))
def test_facts_are_what_was_asked_for(machine: Machine) -> None:
    data = build_pe(msgspec.structs.replace(FULL, machine=machine), 11)
    facts = facts_of(data)
    assert facts.damaged == ()
    assert facts.machine == machine.value
    assert facts.is_dll
    assert facts.reproducible
    assert facts.timestamp == FULL.timestamp
    assert {one.library: one.functions for one in facts.imports if not one.delayed} == FULL.imports
    assert {one.library: one.functions for one in facts.imports if one.delayed} == FULL.delay_imports
    assert {one.name: one.forwarder for one in facts.exports} == {"av_free": "", "av_forward": "other.av_free"}
    assert facts.export_name == "ffmpeg.dll"
    assert facts.version_info == FULL.version
    assert facts.fixed_file_version == "18.12.416.0"
    assert {(one.type, one.name) for one in facts.resources} == {
        ("RT_RCDATA", "BLOB"),
        ("RT_ICON", "#1"),
        ("RT_VERSION", "#1"),
    }
    assert [one.pdb_path for one in facts.debug] == ["D:\\build\\ffmpeg.pdb", ""]
    assert [(one.product, one.build, one.count) for one in facts.rich] == [(0x104, 30034, 9)]
    assert facts.rich_intact
    assert not facts.is_dotnet
    assert facts.certificate_table is None
    assert facts.overlay is not None
    assert (facts.overlay.offset, facts.overlay.length) == (len(data) - 777, 777)
    assert facts.other_overlays == ()


def test_sections_are_measured() -> None:
    sections = {one.name: one for one in facts_of(DATA).sections}
    assert sections[".hidden"].entropy > 7.2
    assert sections[".zero"].entropy < 0.5
    for one in sections.values():
        raw = Counter(DATA[one.raw_offset : one.raw_offset + one.raw_size])
        shannon = -sum(n / one.raw_size * math.log2(n / one.raw_size) for n in raw.values())
        assert one.entropy == pytest.approx(shannon)


def test_headers_agree_with_lief() -> None:
    facts = facts_of(DATA)
    other = lief.parse(DATA)
    assert isinstance(other, lief.PE.Binary)
    assert facts.timestamp == other.header.time_date_stamps
    assert facts.checksum == other.optional_header.checksum
    assert facts.entry_point == other.optional_header.addressof_entrypoint
    assert facts.image_base == other.optional_header.imagebase
    assert facts.subsystem == int(other.optional_header.subsystem)
    assert facts.dll_characteristics == other.optional_header.dll_characteristics
    assert [one.name for one in facts.sections] == [one.name for one in other.sections]


def test_the_smallest_file_has_next_to_nothing() -> None:
    facts = facts_of(build_pe(PeSpec(functions=1), 1))
    assert facts.damaged == ()
    assert (facts.imports, facts.exports, facts.resources, facts.version_info) == ((), (), (), {})
    assert (facts.debug, facts.rich, facts.overlay, facts.reproducible) == ((), (), None, False)


def test_certificate_table_is_told_as_declared() -> None:
    data = bytearray(DATA)
    place = read_header(memoryview(DATA)).directories_offset + 8 * SECURITY
    struct.pack_into("<II", data, place, 0x7FFFFFF0, 0x50)
    table = facts_of(data).certificate_table
    assert table is not None
    assert (table.offset, table.length, table.window, table.sha256) == (0x7FFFFFF0, 0x50, "", "")


def test_a_table_divides_the_overlay_and_the_longest_part_leads() -> None:
    data = bytearray(DATA + bytes(range(64)) + b"tail")
    place = read_header(memoryview(DATA)).directories_offset + 8 * SECURITY
    struct.pack_into("<II", data, place, len(DATA), 64)
    facts = facts_of(data)
    assert facts.overlay is not None
    assert facts.overlay.length == 777
    assert [(one.offset, one.length, one.window) for one in facts.other_overlays] == [(len(data) - 4, 4, b"tail".hex())]


def test_dotnet_is_told_by_its_directory() -> None:
    data = bytearray(DATA)
    struct.pack_into("<II", data, read_header(memoryview(DATA)).directories_offset + 8 * CLR, 0x2000, 72)
    assert facts_of(data).is_dotnet


def test_sections_that_all_claim_the_whole_file_are_bounded() -> None:
    count = 300
    data = bytearray(build_pe(PeSpec(), 1) + bytes(40 * count))
    header = read_header(memoryview(bytes(data)))
    struct.pack_into("<H", data, header.pe_offset + 6, count)
    for number in range(count):
        place = header.sections_offset + 40 * number
        struct.pack_into("<8sIIII", data, place, b"all", len(data), 0x1000 * number, len(data), 0)
    facts = facts_of(data)
    assert len(facts.sections) == count
    assert [one.entropy > 0 for one in facts.sections] == [True, True, *[False] * (count - 2)]
    assert any("raw data that does not overlap" in line for line in facts.damaged)


@pytest.mark.parametrize("index", range(14))
def test_one_lying_directory_does_not_hide_the_others(index: int) -> None:
    whole = facts_of(DATA)
    data = bytearray(DATA)
    struct.pack_into("<II", data, read_header(memoryview(DATA)).directories_offset + 8 * index, 0x7FFFFFFF, 0x7FFFFFFF)
    facts = facts_of(data)
    fields = ("imports", "exports", "resources", "debug", "rich", "sections")
    same = [field for field in fields if getattr(facts, field) == getattr(whole, field)]
    assert len(same) >= len(fields) - 1
    if index in {0, 1, 2, 6, 13}:
        assert facts.damaged
    else:
        assert facts.damaged == ()


def test_no_pe_is_an_error() -> None:
    with pytest.raises(FormatError):
        facts_of(b"")
    with pytest.raises(FormatError):
        facts_of(b"MZ" + bytes(100))


def read_or_refuse(data: bytes) -> None:
    """The only two outcomes allowed; what is read can be stored and read back."""
    try:
        facts = facts_of(data)
    except FormatError:
        return
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=PeFacts) == facts
    for span in (facts.overlay, *facts.other_overlays):
        assert span is None or 0 < span.length <= len(data) - span.offset
    for resource in facts.resources:
        assert resource.offset + resource.size <= len(data)


@given(st.data())
def test_any_flipped_byte_is_a_valid_read_or_a_format_error(draws: st.DataObject) -> None:
    data = bytearray(DATA)
    for _ in range(draws.draw(st.integers(1, 6))):
        data[draws.draw(st.integers(0, len(data) - 1))] = draws.draw(st.integers(0, 255))
    read_or_refuse(bytes(data))


@given(st.data())
def test_any_wild_word_in_headers_and_tables_is_a_valid_read_or_a_format_error(draws: st.DataObject) -> None:
    data = bytearray(DATA)
    tables = next(one for one in facts_of(DATA).sections if one.name == ".rdata")
    header = st.integers(0, 0x400)
    table = st.integers(tables.raw_offset, tables.raw_offset + tables.raw_size - 4)
    value = st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data), 0x1000, tables.virtual_address])
    for _ in range(draws.draw(st.integers(1, 8))):
        struct.pack_into("<I", data, draws.draw(header | table), draws.draw(value))
    read_or_refuse(bytes(data))


@given(st.integers(0, len(DATA)))
def test_any_cut_is_a_valid_read_or_a_format_error(end: int) -> None:
    read_or_refuse(DATA[:end])


def test_every_byte_of_the_headers_may_flip() -> None:
    for offset in range(read_header(memoryview(DATA)).sections_offset + 40 * 8):
        data = bytearray(DATA)
        data[offset] ^= 0xFF
        read_or_refuse(bytes(data))


def test_the_extractor_names_its_format_and_type() -> None:
    assert (EXTRACTOR.id, EXTRACTOR.formats, EXTRACTOR.fills) == ("pe", ("pe",), PeFacts)
    assert EXTRACTOR.extract(memoryview(DATA)) == facts_of(DATA)
