"""Is it an installer's data or a file system's image? Each function looks at one format's structure."""

from __future__ import annotations

from unrig.formats.sniff_magic import has, number

NSIS_FLAGS = 0x1F  # exehead/fileform.h: FH_FLAGS_MASK and one more that 7-Zip knows
OCTAL = frozenset(b"01234567")
OLD_CPIO, BINARY_CPIO = 76, 26
"""Bytes of the old headers."""
LONGEST_NAME = 4096
CPIO_DIGITS = frozenset(b"0123456789abcdefABCDEF")


def is_nsis(data: memoryview) -> bool:
    """Tell whether it is the data behind an NSIS program: `firstheader` (exehead/fileform.h), its lengths plausible."""
    if len(data) < 28 or not has(data, b"\xef\xbe\xad\xdeNullsoftInst", 4):
        return False
    return number(data, "<I", 0) <= NSIS_FLAGS and 28 <= number(data, "<I", 24) <= len(data)


def is_squashfs(data: memoryview) -> bool:
    """Tell whether a superblock of version 4 begins it, its block size and log agreeing (kernel, squashfs_fs.h)."""
    if len(data) < 96 or not has(data, b"hsqs") or number(data, "<H", 28) != 4:
        return False
    log = number(data, "<H", 22)
    return 12 <= log <= 20 and number(data, "<I", 12) == 1 << log


def is_wim(data: memoryview) -> bool:
    """Tell whether a WIM header of its size begins it ([MS-WIM] 2.2); an ESD has the same."""
    return len(data) >= 208 and has(data, b"MSWIM\0\0\0") and number(data, "<I", 8) == 208


def is_cpio(data: memoryview) -> bool:
    """Tell whether a header begins it: the new or the old one in ASCII, or the old one in binary (cpio(5))."""
    return _is_new_cpio(data) or _is_old_cpio(data) or _is_binary_cpio(data)


def _is_old_cpio(data: memoryview) -> bool:
    """Tell whether 76 octal digits begin it."""
    return len(data) >= OLD_CPIO and has(data, b"070707") and set(bytes(data[6:OLD_CPIO])) <= OCTAL


def _is_binary_cpio(data: memoryview) -> bool:
    """Tell whether a binary header of little-endian words begins it, whose name ends where it says."""
    if len(data) < BINARY_CPIO or not has(data, b"\xc7\x71"):
        return False
    name = number(data, "<H", 20)
    return 1 < name <= LONGEST_NAME and has(data, b"\0", BINARY_CPIO + name - 1) and data[BINARY_CPIO] != 0


def _is_new_cpio(data: memoryview) -> bool:
    """Tell whether thirteen numbers of eight hexadecimal digits begin it."""
    magic = bytes(data[:6])
    return len(data) >= 110 and magic in {b"070701", b"070702"} and set(bytes(data[6:110])) <= CPIO_DIGITS


def is_apfs(data: memoryview) -> bool:
    """Tell whether a container superblock begins it (Apple File System Reference, nx_superblock_t)."""
    sizes = {4096 << shift for shift in range(5)}
    return len(data) >= 4096 and has(data, b"NXSB", 32) and number(data, "<I", 36) in sizes


def is_hfs(data: memoryview) -> bool:
    """Tell whether a volume header of HFS+ or HFSX stands at 1,024 (TN1150), its block size a power of two."""
    if len(data) < 1536 or bytes(data[1024:1028]) not in {b"H+\0\4", b"HX\0\5"}:
        return False
    size = number(data, ">I", 1024 + 40)
    return size >= 512 and not size & (size - 1)
