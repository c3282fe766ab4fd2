"""Inno Setup's table and header: read as innoextract reads them, and every lie a named line."""

from __future__ import annotations

import contextlib
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inno_kit import MAGIC, inno_setup

from unrig.formats import inno
from unrig.formats.inno import Inno
from unrig.model.errors import FormatError

TEXTS = b"{app}\\phone.exe https://updates.invalid " * 500
BLOCKS = {"header": TEXTS, "places": bytes(range(256)) * 20}


def told(data: bytes, at: int = -1) -> Inno:
    """Read an installer by the table that stands in it."""
    start = data.index(MAGIC) if at < 0 else at
    return inno.read(memoryview(data), data[start : start + 44])


@pytest.mark.parametrize("packed", [True, False])
def test_the_two_blocks_come_back(packed: bool) -> None:
    data = inno_setup(BLOCKS, packed=packed)
    found = told(data)
    assert (found.version, found.damaged) == ("5.5.7", "")
    assert {block.name: b"".join(inno.content(memoryview(data), block)) for block in found.blocks} == BLOCKS
    assert found.data == len(b"zlb\x1a" + b"inert " * 20)


@pytest.mark.skipif(shutil.which("innoextract") is None, reason="innoextract is not installed: make optional")
@pytest.mark.parametrize("version", ["5.5.7", "5.6.0", "6.0.0"])
def test_innoextract_finds_the_same_version_by_the_same_table(tmp_path: Path, version: str) -> None:
    data = inno_setup(BLOCKS, version=version)
    (tmp_path / "setup.exe").write_bytes(data)
    words = ["innoextract", "--data-version", str(tmp_path / "setup.exe")]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"\d+\.\d+\.\d+", said)[-1] == told(data).version == version


@pytest.mark.parametrize(
    ("data", "damage"),
    [
        (inno_setup(BLOCKS, crc_lie=1), "table: CRC-32"),
        (inno_setup(BLOCKS, header_lie=7), "header: a version at 0x7, none"),
        (inno_setup(BLOCKS, header_lie=0xFFFFFFF0), "header: a version at 0xfffffff0, none"),
        (inno_setup({"header": TEXTS}), "places: a head whose CRC-32 holds"),
        (inno_setup(BLOCKS)[:-200], "places: "),
    ],
)
def test_a_table_or_block_that_lies(data: bytes, damage: str) -> None:
    assert told(data).damaged.startswith(damage)


def test_other_revisions_and_cut_tables_are_said() -> None:
    numbers = MAGIC + struct.pack("<7I", 2, 0, 0, 0, 0, 0, 0)
    table = numbers + struct.pack("<I", zlib.crc32(numbers))
    assert inno.read(memoryview(b""), table).damaged == "table: revision 1, 2"
    assert inno.read(memoryview(b""), table[:40]).damaged == "table: 44 bytes, 40"


def test_a_changed_piece_ends_its_block() -> None:
    data = bytearray(inno_setup(BLOCKS, packed=False))
    block = told(bytes(data)).blocks[0]
    data[block.offset + 5000] ^= 1
    with pytest.raises(FormatError, match="piece 1"):
        list(inno.content(memoryview(data), block))


def test_impossible_properties_of_lzma_are_a_format_error() -> None:
    data = bytearray(inno_setup(BLOCKS))
    block = told(bytes(data)).blocks[0]
    piece = data[block.offset + 4 : block.offset + min(block.size, 4100)]
    piece[0] = 255
    data[block.offset : block.offset + 4 + len(piece)] = struct.pack("<I", zlib.crc32(piece)) + piece
    with pytest.raises(FormatError, match="LZMA properties"):
        list(inno.content(memoryview(data), block))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_changed_byte_is_a_value_or_a_format_error(draws: st.DataObject) -> None:
    data = bytearray(inno_setup(BLOCKS))
    start = data.index(MAGIC)
    for _ in range(draws.draw(st.integers(1, 5))):
        at = draws.draw(st.one_of(st.integers(start, start + 43), st.integers(len(data) - 2000, len(data) - 1)))
        data[at] = draws.draw(st.integers(0, 255))
    found = told(bytes(data), start)
    for block in found.blocks:
        with contextlib.suppress(FormatError):
            assert sum(map(len, inno.content(memoryview(data), block))) <= inno.MOST_PLAIN + (1 << 18)
