"""The Rich header and the checksum, each recomputed here in another way."""

from __future__ import annotations

import struct
from collections.abc import Callable

import lief
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_headers import checksum_offset, image_base, with_checksum
from unrig.drill.build.pe_spec import Machine, PeSpec, RichTool

Parse = Callable[[bytes], lief.PE.Binary]
TOOLS = st.lists(
    st.builds(RichTool, product=st.integers(1, 0xFFFF), build=st.integers(0, 0xFFFF), count=st.integers(1, 0xFFFFFFFF)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(TOOLS)
def test_rich_header_holds_the_tools(parse: Parse, tools: list[RichTool]) -> None:
    pe = parse(build_pe(PeSpec(rich=tuple(tools)), 1))
    assert pe.rich_header is not None
    found = [RichTool(product=e.id, build=e.build_id, count=e.count) for e in pe.rich_header.entries]
    assert sorted(found, key=repr) == sorted(tools, key=repr)


def test_rich_key_is_the_checksum_of_stub_and_tools() -> None:
    tools = (RichTool(product=0x105, build=30_795, count=40), RichTool(product=1, build=0, count=3))
    data = build_pe(PeSpec(rich=tools), 1)
    at = data.index(b"Rich")
    key = struct.unpack_from("<I", data, at + 4)[0]
    start = next(at for at in range(0x80, 0x200, 4) if struct.unpack_from("<I", data, at)[0] ^ key == 0x536E6144)

    def rotated(value: int, by: int) -> int:
        bits = f"{value:032b}"
        by %= 32
        return int(bits[by:] + bits[:by], 2)

    total = start
    for offset in range(start):
        total += 0 if 0x3C <= offset <= 0x3F else rotated(data[offset], offset)
    for tool in tools:
        total += rotated(tool.product << 16 | tool.build, tool.count)
    assert key == total & 0xFFFFFFFF


def test_no_tools_no_rich_header() -> None:
    assert b"Rich" not in build_pe(PeSpec(), 1)[:0x400]


@given(st.binary(min_size=0, max_size=99))
def test_checksum_is_idempotent_and_follows_every_byte(tail: bytes) -> None:
    data = build_pe(PeSpec(checksum=False), 1) + tail
    once = with_checksum(data)
    assert with_checksum(once) == once
    at = checksum_offset(data)
    assert once[:at] + once[at + 4 :] == data[:at] + data[at + 4 :]
    assert with_checksum(data + b"\1")[at : at + 4] != once[at : at + 4]


def test_default_bases() -> None:
    bases = {
        (machine, dll): image_base(PeSpec(machine=machine, is_dll=dll)) for machine in Machine for dll in (True, False)
    }
    assert bases == {
        (Machine.X64, True): 0x180000000,
        (Machine.X64, False): 0x140000000,
        (Machine.X86, True): 0x10000000,
        (Machine.X86, False): 0x400000,
    }
