"""The headers of a PE: DOS stub with Rich header, COFF header, optional header, section table, checksum."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from msgspec import Struct

from unrig.drill.build.pe_parts import Directory, Extent, aligned
from unrig.drill.build.pe_spec import Machine, PeSpec, RichTool

FILE_ALIGNMENT = 0x200
SECTION_ALIGNMENT = 0x1000
HEADERS_SIZE = 0x400
_STUB = bytes.fromhex("0e1fba0e00b409cd21b8014ccd21") + b"This program cannot be run in DOS mode.\r\r\n$"
_MACHINES = {Machine.X64: 0x8664, Machine.X86: 0x014C}


class Laid(Struct, frozen=True, kw_only=True):
    """One section with its place; `data` is not yet padded to the file alignment."""

    name: str
    rva: int
    offset: int
    data: bytes
    characteristics: int


class Image(Struct, frozen=True, kw_only=True):
    """What the headers need to know about the rest of the file."""

    sections: tuple[Laid, ...]
    directories: dict[Directory, Extent]
    symbols_at: int


def image_base(spec: PeSpec) -> int:
    """Return the linker's default base (PE specification, ImageBase)."""
    if spec.machine is Machine.X86:
        return 0x10000000 if spec.is_dll else 0x400000
    return 0x180000000 if spec.is_dll else 0x140000000


def headers(spec: PeSpec, image: Image) -> bytes:
    """Return all headers, padded to `HEADERS_SIZE`; the checksum field is still zero.

    Raises:
        ValueError: the section table does not fit.
    """
    start = _dos_header(spec.rich)
    table = b"".join(map(_section_header, image.sections))
    data = start + b"PE\0\0" + _coff_header(spec, image) + _optional_header(spec, image) + table
    if len(data) > HEADERS_SIZE:
        raise ValueError(f"headers take {len(data)} bytes, {HEADERS_SIZE} are there")
    return data.ljust(HEADERS_SIZE, b"\0")


def checksum_offset(data: bytes) -> int:
    """Return where CheckSum stands in a PE made here."""
    return int.from_bytes(data[0x3C:0x40], "little") + 24 + 64


def with_checksum(data: bytes) -> bytes:
    """Return the file with its CheckSum: the 16-bit one's complement sum plus the length (ImageHlp)."""
    at = checksum_offset(data)
    blank = data[:at] + bytes(4) + data[at + 4 :]
    even = blank + bytes(len(blank) % 2)
    total = sum(struct.unpack(f"<{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return data[:at] + struct.pack("<I", total + len(data)) + data[at + 4 :]


def _dos_header(tools: Sequence[RichTool]) -> bytes:
    size = 0x80 + aligned(16 * bool(tools) + 8 * len(tools) + 8 * bool(tools), 16)
    header = b"MZ" + struct.pack("<13H", 0x90, 3, 0, 4, 0, 0xFFFF, 0, 0xB8, 0, 0, 0, 0x40, 0) + bytes(32)
    stub = (header + struct.pack("<I", size) + _STUB).ljust(0x80, b"\0")
    return (stub + _rich_header(stub, tools)).ljust(size, b"\0")


def _rich_header(stub: bytes, tools: Sequence[RichTool]) -> bytes:
    """Return the masked tool list; the key is the sum of rotated stub bytes and tools, e_lfanew left out."""
    if not tools:
        return b""
    words = [(tool.product << 16 | tool.build, tool.count) for tool in tools]
    key = len(stub) + sum(_rotated(byte, at) for at, byte in enumerate(stub) if not 0x3C <= at < 0x40)
    key = (key + sum(_rotated(word, count) for word, count in words)) & 0xFFFFFFFF
    plain = [int.from_bytes(b"DanS", "little"), 0, 0, 0, *(part for pair in words for part in pair)]
    masked = b"".join(struct.pack("<I", word ^ key) for word in plain)
    return masked + b"Rich" + struct.pack("<I", key)


def _rotated(value: int, by: int) -> int:
    by %= 32
    return (value << by | value >> (32 - by)) & 0xFFFFFFFF


def _coff_header(spec: PeSpec, image: Image) -> bytes:
    wide = spec.machine is Machine.X64
    flags = 0x2 | (0x20 if wide else 0x100) | (0x2000 if spec.is_dll else 0)
    optional = 240 if wide else 224
    symbols = image.symbols_at if spec.coff_symbols else 0
    return struct.pack(
        "<HHIIIHH",
        *(_MACHINES[spec.machine], len(image.sections), spec.timestamp, symbols, spec.coff_symbols, optional, flags),
    )


def _optional_header(spec: PeSpec, image: Image) -> bytes:
    wide = spec.machine is Machine.X64
    code, *rest = image.sections
    code_size = aligned(len(code.data), FILE_ALIGNMENT)
    data_size = sum(aligned(len(section.data), FILE_ALIGNMENT) for section in rest)
    base = image_base(spec)
    magic = 0x20B if wide else 0x10B
    standard = struct.pack("<HBBIIIII", magic, *spec.linker, code_size, data_size, 0, code.rva, code.rva)
    bases = struct.pack("<Q", base) if wide else struct.pack("<II", rest[0].rva, base)
    last = image.sections[-1]
    size_of_image = aligned(last.rva + max(len(last.data), 1), SECTION_ALIGNMENT)
    windows = struct.pack(
        "<IIHHHHHHIIIIHH",
        *(SECTION_ALIGNMENT, FILE_ALIGNMENT, 6, 0, 0, 0, 6, 0, 0, size_of_image, HEADERS_SIZE, 0),
        *(2, 0x160 if wide else 0x140),
    )
    sizes = struct.pack("<4Q" if wide else "<4I", 0x100000, 0x1000, 0x100000, 0x1000)
    extents = (image.directories.get(index, Extent(rva=0, size=0)) for index in range(16))  # type: ignore[call-overload]
    table = b"".join(struct.pack("<II", extent.rva, extent.size) for extent in extents)
    return standard + bases + windows + sizes + struct.pack("<II", 0, 16) + table


def _section_header(section: Laid) -> bytes:
    raw = aligned(len(section.data), FILE_ALIGNMENT)
    name = section.name.encode("ascii").ljust(8, b"\0")
    return name[:8] + struct.pack(
        "<IIIIIIHHI", *(len(section.data), section.rva, raw, section.offset, 0, 0, 0, 0, section.characteristics)
    )
