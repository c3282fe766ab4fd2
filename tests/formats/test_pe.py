"""Headers: what stands there, checked against LIEF, and what is said of those that lie."""

from __future__ import annotations

import struct

import lief
import pytest

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import Machine, PeSpec, SectionSpec
from unrig.formats.pe import (
    EXPORT,
    IS_DLL,
    MAX_NOTES,
    MAX_SECTIONS,
    SECURITY,
    Directory,
    PeHeader,
    directory,
    note,
    read_header,
)
from unrig.model.errors import FormatError


def made(**fields: object) -> bytearray:
    return bytearray(build_pe(PeSpec(**fields), 7))  # type: ignore[arg-type]


def headers_of(data: bytearray) -> PeHeader:
    return read_header(memoryview(bytes(data)))


@pytest.mark.parametrize("machine", list(Machine))
def test_headers_agree_with_lief(machine: Machine) -> None:
    data = made(machine=machine, is_dll=False, timestamp=0x5F000000, sections=(SectionSpec(name=".more", size=700),))
    header = headers_of(data)
    other = lief.parse(bytes(data))
    assert isinstance(other, lief.PE.Binary)
    optional = other.optional_header
    assert header.machine == machine.value
    assert header.timestamp == 0x5F000000 == other.header.time_date_stamps
    assert not header.characteristics & IS_DLL
    assert header.optional.is_plus == (machine is Machine.X64)
    assert header.optional.entry_point == optional.addressof_entrypoint
    assert header.optional.image_base == optional.imagebase
    assert header.optional.checksum == optional.checksum
    assert header.optional.image_size == optional.sizeof_image
    assert header.optional.headers_size == optional.sizeof_headers
    assert header.optional.section_alignment == optional.section_alignment
    assert header.optional.file_alignment == optional.file_alignment
    assert header.optional.dll_characteristics == optional.dll_characteristics
    assert header.optional.subsystem == int(optional.subsystem)
    assert header.optional.linker == f"{optional.major_linker_version}.{optional.minor_linker_version}"
    assert [(row.rva, row.size) for row in header.directories] == [
        (row.rva, row.size) for row in list(other.data_directories)[: len(header.directories)]
    ]
    assert [
        (row.name, row.virtual_address, row.virtual_size, row.raw_offset, row.raw_size, row.characteristics)
        for row in header.sections
    ] == [
        (
            row.name,
            row.virtual_address,
            row.virtual_size,
            row.pointerto_raw_data,
            row.sizeof_raw_data,
            row.characteristics,
        )
        for row in other.sections
    ]
    assert header.damaged == ()


def test_offsets_of_what_authenticode_leaves_out() -> None:
    data = made()
    header = headers_of(data)
    assert struct.unpack_from("<I", data, header.checksum_offset)[0] == header.optional.checksum != 0
    struct.pack_into("<II", data, header.directories_offset + 8 * SECURITY, 0x1234, 0x5678)
    assert directory(headers_of(data), SECURITY) == Directory(rva=0x1234, size=0x5678)


def test_a_directory_the_file_does_not_have_is_empty() -> None:
    data = made()
    struct.pack_into("<I", data, headers_of(data).directories_offset - 4, 0)
    assert directory(headers_of(data), EXPORT) == Directory()


@pytest.mark.parametrize(
    ("offset", "value", "where"),
    [
        (0, b"ZM", "DOS header"),
        (60, b"\xff\xff\xff\x7f", "PE signature"),
        (0, b"", ""),
    ],
)
def test_missing_signatures_end_the_reading(offset: int, value: bytes, where: str) -> None:
    data = made()
    data[offset : offset + len(value)] = value
    if not where:
        assert headers_of(data).sections
        return
    with pytest.raises(FormatError, match=where):
        headers_of(data)


def test_wrong_pe_signature_and_magic_end_the_reading() -> None:
    data = made()
    start = headers_of(data).pe_offset
    with pytest.raises(FormatError, match="PE signature"):
        headers_of(data[:start] + b"NE\0\0" + data[start + 4 :])
    with pytest.raises(FormatError, match="magic"):
        headers_of(data[: start + 24] + b"\x07\x01" + data[start + 26 :])


def test_headers_beyond_the_file_end_the_reading_and_the_rest_is_damage() -> None:
    data = made()
    whole = headers_of(data)
    for cut in range(whole.directories_offset):
        with pytest.raises(FormatError):
            headers_of(data[:cut])
    for cut in range(whole.directories_offset, whole.sections_offset + 40 * len(whole.sections)):
        part = headers_of(data[:cut])
        assert part.damaged
        assert part.directories == whole.directories[: len(part.directories)]
        assert part.sections == whole.sections[: len(part.sections)]


def test_counts_that_lie_are_damage() -> None:
    data = made()
    header = headers_of(data)
    struct.pack_into("<I", data, header.directories_offset - 4, 0xFFFFFFFF)
    struct.pack_into("<H", data, header.pe_offset + 6, 0xFFFF)
    lying = headers_of(data + bytes(40 * MAX_SECTIONS))
    assert lying.directories == header.directories
    assert len(lying.sections) == MAX_SECTIONS
    assert lying.damaged[0] == "data directories: expected at most 16, found 4294967295"
    assert lying.damaged[1] == f"section table: expected at most {MAX_SECTIONS} sections, found 65535"


def test_raw_data_beyond_the_file_is_damage() -> None:
    data = made()
    struct.pack_into("<I", data, headers_of(data).sections_offset + 16, 0x7FFFFFFF)
    header = headers_of(data)
    assert header.sections[0].raw_size == 0x7FFFFFFF
    assert [line.partition(":")[0] for line in header.damaged] == ["section .text"]


def test_section_names_that_are_no_text_are_escaped() -> None:
    data = made()
    start = headers_of(data).sections_offset
    data[start : start + 8] = b"\xff\xfeABCDEF"
    assert headers_of(data).sections[0].name == "\\xff\\xfeABCDEF"


def test_notes_are_distinct_and_few() -> None:
    damaged: list[str] = []
    for number in range(3 * MAX_NOTES):
        note(damaged, "here", "this", str(number // 2))
    assert damaged[:2] == ["here: expected this, found 0", "here: expected this, found 1"]
    assert len(damaged) == len(set(damaged)) == MAX_NOTES
