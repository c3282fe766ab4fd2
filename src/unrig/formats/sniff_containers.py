"""Is it an archive, an installer or a disk image? Each function looks at one format's structure."""

from __future__ import annotations

import json
import struct
import zlib

from unrig.formats.sniff_magic import has, number

ZIP_TAIL = 22 + 0xFFFF  # end of central directory record with the longest comment
ZIP_METHODS = frozenset({0, *range(1, 21), *range(93, 100)})  # APPNOTE 4.4.5
TAR_BLOCK = 512
BZIP2_BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")
OLE_SECTOR_SHIFTS = frozenset({9, 12})
ISO_DESCRIPTOR = 16 * 2048  # ECMA-119 6.2.1: the first sixteen sectors are the system's
ASAR_PARSED = 1 << 20  # a longer directory is told by its beginning, which Electron always writes first
RAR = b"Rar!\x1a\x07"


def is_zip(data: memoryview) -> bool:
    """Tell whether it begins with a local file header (APPNOTE 4.3.7) or is an archive without members."""
    if has(data, b"PK\5\6"):
        return zip_end(data) == 0
    if len(data) < 30 or not has(data, b"PK\3\4"):
        return False
    version, _, method = struct.unpack_from("<HHH", data, 4)
    name_length = number(data, "<H", 26)
    return version & 0xFF <= 63 and method in ZIP_METHODS and 30 + name_length <= len(data)


def is_zip_behind(data: memoryview) -> bool:
    """Tell whether it holds a zip that programs find from the end, whatever stands before, and some bytes behind."""
    return zip_end(data) is not None


def zip_end(data: memoryview) -> int | None:
    """Return the offset of an end of central directory record (4.3.16), if any: one that reaches to the file's end.

    Or one behind a directory that really stands there: programs that search for the record from the end open such an
    archive although bytes follow it.
    """
    start = max(0, len(data) - ZIP_TAIL)
    tail = bytes(data[start:])
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if len(tail) - at >= 22:
            size, offset, comment = struct.unpack_from("<IIH", tail, at + 12)
            is_zip64 = 0xFFFFFFFF in {size, offset}
            if at + 22 + comment == len(tail) and (is_zip64 or offset + size <= start + at):
                return start + at
            if at + 22 + comment < len(tail) and _directory_before(data, start + at, size):
                return start + at
        at = tail.rfind(b"PK\5\6", 0, at)
    return None


def _directory_before(data: memoryview, end: int, size: int) -> bool:
    """Tell whether a central directory of this size (4.3.12) stands right in front of its end record."""
    return 46 <= size <= end and bytes(data[end - size : end - size + 4]) == b"PK\1\2"


def is_tar(data: memoryview) -> bool:
    """Tell whether the first header's checksum holds (POSIX.1-1988 ustar; older tars have the same field)."""
    if len(data) < TAR_BLOCK:
        return False
    block = bytes(data[:TAR_BLOCK])
    digits = block[148:156].strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        return False
    blanked = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in blanked)
    return int(digits, 8) in {sum(blanked), signed}


def is_gzip(data: memoryview) -> bool:
    """Tell whether the method is deflate and no reserved flag is set (RFC 1952 2.3.1)."""
    return len(data) >= 18 and has(data, b"\x1f\x8b\x08") and not data[3] & 0xE0


def is_xz(data: memoryview) -> bool:
    """Tell whether the stream flags' CRC holds (xz file format 2.1.1)."""
    if len(data) < 12 or not has(data, b"\xfd7zXZ\0"):
        return False
    return zlib.crc32(data[6:8]) == number(data, "<I", 8)


def is_bzip2(data: memoryview) -> bool:
    """Tell whether a block or the stream's end follows the level."""
    return has(data, b"BZh") and bytes(data[3:4]) in b"123456789" and bytes(data[4:10]) in BZIP2_BLOCKS


def is_zstd(data: memoryview) -> bool:
    """Tell whether a frame descriptor without reserved bit follows the magic (RFC 8878 3.1.1.1.1)."""
    return len(data) >= 6 and has(data, b"\x28\xb5\x2f\xfd") and not data[4] & 0x08


def is_ole(data: memoryview) -> bool:
    """Tell whether it is a compound file, such as an MSI ([MS-CFB] 2.2)."""
    if len(data) < 512 or not has(data, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return False
    order, shift = struct.unpack_from("<HH", data, 28)
    return order == 0xFFFE and shift in OLE_SECTOR_SHIFTS


def is_7z(data: memoryview) -> bool:
    """Tell whether the start header's CRC holds (7zFormat.txt, SignatureHeader)."""
    if len(data) < 32 or not has(data, b"7z\xbc\xaf\x27\x1c"):
        return False
    return zlib.crc32(data[12:32]) == number(data, "<I", 8)


def is_cab(data: memoryview) -> bool:
    """Tell whether it is a cabinet of version 1.x whose first file entry lies inside it ([MS-CAB] 2.1)."""
    if len(data) < 36 or not has(data, b"MSCF\0\0\0\0"):
        return False
    files = number(data, "<I", 16)
    return data[25] == 1 and 36 <= files <= len(data)


def is_asar(data: memoryview) -> bool:
    """Tell whether a pickled JSON directory with `files` stands at the start (Electron's asar)."""
    if len(data) < 16:
        return False
    four, header, payload, length = struct.unpack_from("<IIII", data)
    if four != 4 or not length + 4 <= payload <= header <= len(data) - 8:
        return False
    return _has_files(bytes(data[16 : 16 + length]))


def _has_files(directory: bytes) -> bool:
    """Tell whether an asar directory is a JSON object with the key `files`."""
    if len(directory) > ASAR_PARSED:
        return directory[:64].lstrip().startswith(b'{"files"')
    try:
        value = json.loads(directory)
    except (ValueError, RecursionError):
        return directory[:64].lstrip().startswith(b'{"files"')
    return isinstance(value, dict) and "files" in value


def is_ar(data: memoryview) -> bool:
    """Tell whether a member header with its end mark follows the magic (ar(5); a .deb is one)."""
    return has(data, b"!<arch>\n") and (len(data) == 8 or has(data, b"`\n", 66))


def is_deb(data: memoryview) -> bool:
    """Tell whether the first member of an ar is what every Debian package begins with (deb(5))."""
    return is_ar(data) and has(data, b"debian-binary", 8) and has(data, b"2.", 68)


def is_xar(data: memoryview) -> bool:
    """Tell whether it is a xar of version 1 (an Apple installer package)."""
    return len(data) >= 28 and has(data, b"xar!") and number(data, ">H", 6) == 1


def is_dmg(data: memoryview) -> bool:
    """Tell whether it ends in an UDIF trailer (`koly`, version 4, its size 512)."""
    return len(data) >= 512 and has(data, b"koly\0\0\0\4\0\0\2\0", len(data) - 512)


def is_rar(data: memoryview) -> bool:
    """Tell whether the signature is that of RAR 1.5 to 4."""
    return has(data, RAR + b"\0")


def is_rar5(data: memoryview) -> bool:
    """Tell whether the signature is that of RAR 5."""
    return has(data, RAR + b"\1\0")


def is_rpm(data: memoryview) -> bool:
    """Tell whether the lead is of major version 3 or 4 and names the signature type 5."""
    return len(data) >= 96 and has(data, b"\xed\xab\xee\xdb") and data[4] in {3, 4} and has(data, b"\0\5", 78)


def is_iso(data: memoryview) -> bool:
    """Tell whether a volume descriptor of version 1 stands at sector 16 (ECMA-119 8.1)."""
    return has(data, b"CD001\1", ISO_DESCRIPTOR + 1)
