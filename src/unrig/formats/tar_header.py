"""One header block of a tar, and the names that extended headers give the member after them.

POSIX.1-2008 `pax`, "ustar Interchange Format" and "pax Extended Header"; GNU tar's manual for base-256 numbers, long
names (types L and K) and sparse headers (type S).
"""

from __future__ import annotations

from msgspec import Struct

BLOCK = 512
MAX_RECORDS = 1 << 20  # bytes of extended header that are read: names, not content

MAX_SIZE = (1 << 63) - 1
LONGEST_SIZE = 19  # digits of that

_SPARSE_EXTENDED = 482  # GNU: a block of more sparse entries follows
_SPARSE_NEXT = 504


class Header(Struct, frozen=True, kw_only=True):
    """One header block whose checksum holds."""

    name: bytes
    """Prefix included."""
    size: int
    """Of the data that follow; links and folders have none."""
    type: bytes
    """One byte, `0` for the old zero byte."""
    link: bytes
    extra: int
    """Bytes of further header blocks between this one and the data."""


class TarNames(Struct, frozen=True, kw_only=True):
    """What extended headers say of the next member; `default` fields come from a global header."""

    path: bytes = b""
    link: bytes = b""
    size: int | None = None
    sparse: bool = False
    bad_size: bytes = b""
    """A size that is no number, or none that a file can have."""
    default_path: bytes = b""
    default_link: bytes = b""

    def reset(self) -> TarNames:
        """Return what holds for the member after the next."""
        return TarNames(
            path=self.default_path,
            link=self.default_link,
            default_path=self.default_path,
            default_link=self.default_link,
        )


def read_header(data: memoryview, offset: int) -> Header | None:
    """Return the header at an offset, None where no whole block stands there or its checksum does not hold."""
    block = bytes(data[offset : offset + BLOCK])
    if len(block) < BLOCK or not _checksum_holds(block):
        return None
    size = number(block[124:136])
    if size is None:
        return None
    kind = block[156:157].replace(b"\0", b"0")
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    return Header(
        name=name,
        size=0 if kind in b"123456" else size,
        type=kind,
        link=_text(block[157:257]),
        extra=_sparse_blocks(data, offset, block) if kind == b"S" else 0,
    )


def names_after(names: TarNames, header: Header, content: memoryview) -> TarNames:
    """Return what is known of the next member's names after one more extended header."""
    raw = bytes(content[:MAX_RECORDS])
    if header.type == b"L":
        return _changed(names, path=_text(raw))
    if header.type == b"K":
        return _changed(names, link=_text(raw))
    records = pax_records(raw)
    path = records.get(b"GNU.sparse.name", records.get(b"path", b""))
    link = records.get(b"linkpath", b"")
    if header.type == b"g":
        return _changed(names, path=path, link=link, default_path=path, default_link=link)
    size = records.get(b"size", b"")
    fits = size.isdigit() and len(size) < LONGEST_SIZE
    return _changed(
        names,
        path=path,
        link=link,
        size=int(size) if fits else None,
        bad_size=b"" if fits else size,
        sparse=any(key.startswith(b"GNU.sparse.") for key in records),
    )


def pax_records(raw: bytes) -> dict[bytes, bytes]:
    """Return the records of a pax extended header (`length keyword=value`, each on a line) up to the first that is none."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(raw):
        digits, space, _ = raw[at : at + 20].partition(b" ")
        if not space or not digits.isdigit():
            break
        length = int(digits)
        keyword, equals, value = raw[at + len(digits) + 1 : at + length].partition(b"=")
        if not equals or length <= len(digits) + 1 or at + length > len(raw):
            break
        records[keyword] = value.removesuffix(b"\n")
        at += length
    return records


def number(field: bytes) -> int | None:
    """Return a numeric field, octal or GNU's base-256; None where it is neither, or negative."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        return None if value > MAX_SIZE else value  # a negative one has its second bit set
    digits = _text(field).strip(b" ")
    if digits.strip(b"01234567"):
        return None
    return int(digits or b"0", 8)


def _changed(
    names: TarNames,
    *,
    path: bytes = b"",
    link: bytes = b"",
    size: int | None = None,
    sparse: bool = False,
    bad_size: bytes = b"",
    default_path: bytes = b"",
    default_link: bytes = b"",
) -> TarNames:
    return TarNames(
        path=path or names.path,
        link=link or names.link,
        size=names.size if size is None else size,
        sparse=sparse or names.sparse,
        bad_size=bad_size or names.bad_size,
        default_path=default_path or names.default_path,
        default_link=default_link or names.default_link,
    )


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _checksum_holds(block: bytes) -> bool:
    """Tell whether the sum of the block with a blank checksum field is the one stated, signed or unsigned."""
    stated = number(block[148:156])
    unsigned = sum(block) - sum(block[148:156]) + 8 * 0x20
    if stated == unsigned:
        return True
    high = sum(byte > 127 for byte in block) - sum(byte > 127 for byte in block[148:156])
    return stated == unsigned - 256 * high


def _sparse_blocks(data: memoryview, offset: int, block: bytes) -> int:
    """Return how many bytes of sparse extension blocks follow an old GNU sparse header."""
    extra, more = 0, block[_SPARSE_EXTENDED]
    while more and offset + BLOCK + extra + BLOCK <= len(data):
        more = data[offset + BLOCK + extra + _SPARSE_NEXT]
        extra += BLOCK
    return extra
