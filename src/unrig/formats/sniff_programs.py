"""Is it a program or an image? Each function looks at one format's structure, not only at its first bytes."""

from __future__ import annotations

import struct

from unrig.formats.sniff_magic import has, number

MACHO_THIN = {b"\xfe\xed\xfa\xce": ">", b"\xce\xfa\xed\xfe": "<", b"\xfe\xed\xfa\xcf": ">", b"\xcf\xfa\xed\xfe": "<"}
MAX_SLICES = 32  # a universal binary holds 2 to 5; a Java class file has at least 45 in this place
BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
BMP_DEPTHS = frozenset({0, 1, 2, 4, 8, 16, 24, 32, 64})
MACHO_FILE_TYPES = range(1, 16)  # mach-o/loader.h: MH_OBJECT ... MH_GPU_DYLIB


def is_pe(data: memoryview) -> bool:
    """Tell whether `MZ` points at a PE signature."""
    return len(data) >= 64 and has(data, b"MZ") and has(data, b"PE\0\0", number(data, "<I", 60))


def is_elf(data: memoryview) -> bool:
    """Tell whether the identification has a known class, byte order and version 1 (System V ABI)."""
    return len(data) >= 52 and has(data, b"\x7fELF") and data[4] in {1, 2} and data[5] in {1, 2} and data[6] == 1


def is_macho(data: memoryview) -> bool:
    """Tell whether it is a Mach-O file of a known type, or a universal one whose slices lie inside it."""
    order = MACHO_THIN.get(bytes(data[:4]))
    if order is not None:
        return len(data) >= 28 and number(data, f"{order}I", 12) in MACHO_FILE_TYPES
    return has(data, b"\xca\xfe\xba\xbe") and _slices_fit(data)


def _slices_fit(data: memoryview) -> bool:
    """Tell whether every fat_arch (mach-o/fat.h) begins inside the file."""
    count = number(data, ">I", 4)
    if not 1 <= count <= MAX_SLICES or len(data) < 8 + 20 * count:
        return False
    rows = struct.iter_unpack(">IIIII", data[8 : 8 + 20 * count])
    return all(8 + 20 * count <= offset < len(data) and size > 0 for _, _, offset, size, _ in rows)


def is_png(data: memoryview) -> bool:
    """Tell whether the signature is followed by IHDR of 13 bytes (RFC 2083)."""
    return has(data, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


def is_gif(data: memoryview) -> bool:
    """Tell whether a logical screen descriptor follows one of the two versions (GIF89a)."""
    return len(data) >= 13 and bytes(data[:6]) in {b"GIF87a", b"GIF89a"} and not has(data, b"\0\0\0\0", 6)


def is_jpeg(data: memoryview) -> bool:
    """Tell whether SOI is followed by a marker segment with a length that fits (ITU-T T.81, B.1.1)."""
    if len(data) < 6 or not has(data, b"\xff\xd8\xff") or not 0xC0 <= data[3] <= 0xFE:
        return False
    return 2 <= number(data, ">H", 4) <= len(data) - 4


def is_ico(data: memoryview) -> bool:
    """Tell whether every entry of the icon directory lies inside the file (ICONDIR, ICONDIRENTRY)."""
    if len(data) < 6 or not has(data, b"\0\0\1\0"):
        return False
    count = number(data, "<H", 4)
    end = 6 + 16 * count
    if not count or end > len(data):
        return False
    rows = struct.iter_unpack("<8xII", data[6:end])
    return all(size and offset >= end and offset + size <= len(data) for size, offset in rows)


def is_bmp(data: memoryview) -> bool:
    """Tell whether one plane of pixels at a depth that exists begins behind both headers (BITMAPFILEHEADER)."""
    if len(data) < 26 or not has(data, b"BM"):
        return False
    pixels, header = number(data, "<I", 10), number(data, "<I", 14)
    planes = 22 if header == 12 else 26  # BITMAPCOREHEADER has two bytes for each side, the others four
    depth = number(data, "<H", planes + 2)
    fits = 14 + header <= pixels <= len(data)
    return header in BMP_HEADERS and fits and number(data, "<H", planes) == 1 and depth in BMP_DEPTHS


def is_webp(data: memoryview) -> bool:
    """Tell whether a chunk of pixels or their description follows the RIFF header (RFC 9649 2.4)."""
    return has(data, b"RIFF") and has(data, b"WEBPVP8", 8) and bytes(data[15:16]) in {b" ", b"L", b"X"}
