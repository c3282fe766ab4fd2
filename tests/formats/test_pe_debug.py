"""Debug entries: paths, REPRO, and directories that lie."""

from __future__ import annotations

import struct
from collections.abc import Callable

import lief
import pytest

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.formats.pe import DEBUG, read_header
from unrig.formats.pe_debug import MAX_ENTRIES, Debug, read_debug
from unrig.formats.pe_map import Image, image
from unrig.model.pe import DebugEntry


def read(data: bytes) -> Debug:
    view = memoryview(data)
    return read_debug(image(view, read_header(view)))


def entry(kind: int, size: int, offset: int) -> bytes:
    return struct.pack("<IIHHIIII", 0, 77, 0, 0, kind, size, 0, offset)


def test_entries_are_those_written() -> None:
    data = build_pe(PeSpec(pdb_path="C:\\build\\ffmpeg.pdb", repro=True, timestamp=0x12345678), 2)
    got = read(data)
    assert got.damaged == ()
    assert got.reproducible
    assert got.entries == (
        DebugEntry(kind="codeview", timestamp=0x12345678, pdb_path="C:\\build\\ffmpeg.pdb"),
        DebugEntry(kind="repro", timestamp=0x12345678),
    )
    other = lief.parse(data)
    assert isinstance(other, lief.PE.Binary)
    assert [one.filename for one in other.debug if isinstance(one, lief.PE.CodeViewPDB)] == ["C:\\build\\ffmpeg.pdb"]


def test_a_file_without_debug_directory_is_not_reproducible() -> None:
    got = read(build_pe(PeSpec(), 2))
    assert got == Debug()
    assert not got.reproducible


@pytest.mark.parametrize(
    ("record", "path"),
    [
        (b"RSDS" + bytes(20) + b"a.pdb\0tail", "a.pdb"),
        (b"NB10" + bytes(12) + b"old.pdb\0", "old.pdb"),
        (b"RSDS" + bytes(20) + b"open.pdb", "open.pdb"),
        (b"RSDS" + bytes(20) + b"\xff.pdb\0", "\\xff.pdb"),
    ],
)
def test_code_view_records(flat: Callable[..., Image], record: bytes, path: str) -> None:
    got = read_debug(flat(entry(2, len(record), 16 + 28) + record, DEBUG, size=28))
    assert got == Debug(entries=(DebugEntry(kind="codeview", timestamp=77, pdb_path=path),))


@pytest.mark.parametrize("offset", [0, 44, 0x7FFFFFFF])
def test_code_view_records_that_are_none_are_damage(flat: Callable[..., Image], offset: int) -> None:
    got = read_debug(flat(entry(2, 30, offset) + b"RSDSshort", DEBUG, size=28))
    assert got.entries == (DebugEntry(kind="codeview", timestamp=77),)
    assert len(got.damaged) == 1
    assert got.damaged[0].startswith(f"debug: expected RSDS or NB10 in 30 bytes at {offset:#x}")


def test_unknown_kinds_keep_their_number(flat: Callable[..., Image]) -> None:
    assert read_debug(flat(entry(99, 0, 0), DEBUG, size=28)).entries[0].kind == "#99"


def test_more_entries_than_there_are_is_damage(flat: Callable[..., Image]) -> None:
    got = read_debug(flat(entry(13, 0, 0) * (MAX_ENTRIES + 4), DEBUG, size=0xFFFFFFFF))
    assert len(got.entries) == MAX_ENTRIES
    assert got.damaged == ("debug: expected 153391689 entries, at most 256, found 256",)
    assert read_debug(flat(b"", DEBUG, size=28)).damaged == ("debug: expected 1 entries, at most 256, found 0",)


def test_a_path_ends_with_its_record(flat: Callable[..., Image]) -> None:
    record = b"RSDS" + bytes(20) + b"open.pdb"
    got = read_debug(flat(entry(2, len(record), 44) + record + b"next\0", DEBUG, size=28))
    assert got.entries[0].pdb_path == "open.pdb"
