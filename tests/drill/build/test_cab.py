"""Cabinets as written: deterministic, truthful by default, and lying only where asked to (readers are in tests/unpack)."""

from __future__ import annotations

import struct
import zlib

import pytest

from unrig.drill.build._lzx import FRAME, LzxBlock, lzx_frames
from unrig.drill.build.cab import CabFile, CabFolder, CabLayout, CabMethod, build_cab
from unrig.drill.build.payload import MARKER, PayloadSpec

FOLDER = CabFolder(files=(CabFile(name="a.txt", content=b"alpha " * 9000), CabFile(name="b", content=b"beta")))


def header(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from("<5I2B5H", data, 4)


def test_the_header_counts_what_is_there() -> None:
    data = build_cab((FOLDER, FOLDER), CabLayout(trailing=PayloadSpec(size=99)))
    assert data[:4] == b"MSCF"
    assert header(data)[1] == len(data) - 99
    assert header(data)[5:9] == (3, 1, 2, 4)
    assert data == build_cab((FOLDER, FOLDER), CabLayout(trailing=PayloadSpec(size=99)))
    assert data != build_cab((FOLDER, FOLDER), CabLayout(trailing=PayloadSpec(size=99)), seed=1)


def test_what_is_hidden_is_inert() -> None:
    hidden = PayloadSpec(size=60)
    folder = CabFolder(files=FOLDER.files, gap=hidden, spare_plain=hidden, method=CabMethod.STORED)
    data = build_cab((folder,), CabLayout(trailing=hidden, header_reserve=hidden))
    assert data.count(MARKER) == 4


def test_mszip_is_deflate_with_a_history() -> None:
    data = build_cab((FOLDER,))
    at = struct.unpack_from("<I", data, 36)[0]
    first = zlib.decompressobj(-15)
    length = struct.unpack_from("<H", data, at + 4)[0]
    assert data[at + 8 : at + 10] == b"CK"
    plain = first.decompress(data[at + 10 : at + 8 + length])
    assert plain == (b"alpha " * 9000)[:FRAME]
    rest = zlib.decompressobj(-15, zdict=plain).decompress(data[at + 8 + length + 10 :])
    assert plain + rest == b"alpha " * 9000 + b"beta"


@pytest.mark.parametrize(
    ("layout", "flags"), [(CabLayout(), 0), (CabLayout(previous="p", next="n"), 3), (CabLayout(block_reserve=1), 4)]
)
def test_flags_announce_what_follows(layout: CabLayout, flags: int) -> None:
    assert header(build_cab((FOLDER,), layout))[9] == flags


@pytest.mark.parametrize("kind", LzxBlock)
def test_lzx_frames_begin_with_their_block(kind: LzxBlock) -> None:
    """The translation bit, then 3 bits of type and 24 of length, in 16-bit words from the highest bit."""
    frame = next(iter(lzx_frames(b"abc" * 700, 16, (kind,))))
    first, second = struct.unpack_from("<2H", frame)
    bits = f"{first:016b}{second:016b}"
    assert (bits[0], int(bits[1:4], 2), int(bits[4:28], 2)) == ("0", kind.value, 2100)
    assert len(frame) % 2 == 0
    if kind is not LzxBlock.UNCOMPRESSED:
        assert len(frame) < 500
