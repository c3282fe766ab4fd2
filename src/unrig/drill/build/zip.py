"""ZIP archives, well-formed or not (PKWARE APPNOTE 6.3.10): every field that may lie can be asked to."""

from __future__ import annotations

import stat
import struct
import zlib
from enum import IntEnum

from msgspec import Struct

from unrig.drill.build.payload import Kind, payload

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<IIQI")
_UTF8_FLAG = 0x800
_DESCRIPTOR_FLAG = 0x8
_ENCRYPTED_FLAG = 0x1
_MAX32 = 0xFFFFFFFF
_MAX16 = 0xFFFF
_UNIX = 3
_DOS_DATE = 43 << 9 | 3 << 5 | 2
"""2023-03-02, the same for every member: archives do not depend on the clock."""


class Method(IntEnum):
    """Compression methods (APPNOTE 4.4.5)."""

    STORED = 0
    DEFLATED = 8


class ZipEntry(Struct, frozen=True, kw_only=True):
    """One member. The defaults tell the truth."""

    name: str | bytes
    """Text is written as UTF-8 with its flag, bytes as they are, without it."""
    content: bytes = b""
    method: Method = Method.DEFLATED
    local_name: str | bytes | None = None
    """What the local header says instead, if it says something else."""
    symlink: bool = False
    """A Unix symbolic link whose target is the content."""
    encrypted: bool = False
    """Only the flag and 12 bytes of header: the content is an inert payload of its size."""
    descriptor: bool = False
    """Sizes and CRC follow the data, the local header has zeros."""
    zip64: bool = False
    gap: int = 0
    """Bytes of inert payload before the local header, at which nothing points."""
    stated_size: int | None = None
    """The uncompressed size in both headers, where it lies."""
    stated_crc: int | None = None
    same_as: int | None = None
    """Index of an earlier entry whose local header this one points at: its content is not written."""


class ZipLayout(Struct, frozen=True, kw_only=True):
    """What stands around the members; sizes of inert payload."""

    kind: Kind = Kind.RANDOM
    """What all of it, the gaps between members included, looks like."""
    prefix: int = 0
    """Before the first local header; offsets count from the file's start."""
    before_directory: int = 0
    trailing: int = 0
    """After the end record and its comment."""
    comment: bytes = b""
    stated_entries: int | None = None
    """How many entries the end record claims."""
    zip64: bool = False
    """A ZIP64 end record and locator, the fields of the classic one all ones."""


class _Stored(Struct, frozen=True, kw_only=True):
    """One member as it will be written."""

    entry: ZipEntry
    data: bytes
    crc: int
    size: int


class _Written(Struct, frozen=True, kw_only=True):
    stored: _Stored
    offset: int


def build_zip(entries: tuple[ZipEntry, ...], layout: ZipLayout | None = None, seed: int = 0) -> bytes:
    """Return the archive; the same entries, layout and seed give the same bytes."""
    layout = layout or ZipLayout()
    data = payload(seed, layout.prefix, layout.kind)
    written: list[_Written] = []
    for entry in entries:
        if entry.same_as is not None:
            first = written[entry.same_as]
            written.append(_Written(stored=_renamed(first.stored, entry), offset=first.offset))
            continue
        data += payload(seed, entry.gap, layout.kind)
        stored = _store(entry, seed)
        written.append(_Written(stored=stored, offset=len(data)))
        data += _local_header(stored) + stored.data + _descriptor(stored)
    data += payload(seed, layout.before_directory, layout.kind)
    directory = b"".join(map(_central_header, written))
    return (
        data
        + directory
        + _end(len(data), len(directory), len(entries), layout)
        + payload(seed, layout.trailing, layout.kind)
    )


def _store(entry: ZipEntry, seed: int) -> _Stored:
    data = entry.content
    if entry.method is Method.DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = packer.compress(entry.content) + packer.flush()
    if entry.encrypted:
        data = payload(seed, 12 + len(data))
    return _Stored(
        entry=entry,
        data=data,
        crc=zlib.crc32(entry.content) if entry.stated_crc is None else entry.stated_crc,
        size=len(entry.content) if entry.stated_size is None else entry.stated_size,
    )


def _renamed(stored: _Stored, entry: ZipEntry) -> _Stored:
    return _Stored(entry=entry, data=stored.data, crc=stored.crc, size=stored.size)


def _name(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode()


def _flags(entry: ZipEntry, name: str | bytes) -> int:
    flags = _ENCRYPTED_FLAG if entry.encrypted else 0
    flags |= _DESCRIPTOR_FLAG if entry.descriptor else 0
    return flags | (_UTF8_FLAG if isinstance(name, str) and not name.isascii() else 0)


def _version(entry: ZipEntry) -> int:
    return 45 if entry.zip64 else 20


def _local_header(stored: _Stored) -> bytes:
    """Return the local file header (APPNOTE 4.3.7)."""
    entry = stored.entry
    name = entry.name if entry.local_name is None else entry.local_name
    sizes = (0, 0, 0) if entry.descriptor else (stored.crc, len(stored.data), stored.size)
    extra = b""
    if entry.zip64:
        extra = struct.pack("<HHQQ", 1, 16, sizes[2], sizes[1])
        sizes = (sizes[0], _MAX32, _MAX32)
    raw = _name(name)
    fields = (_version(entry), _flags(entry, name), entry.method, 0, _DOS_DATE, *sizes, len(raw), len(extra))
    return _LOCAL.pack(0x04034B50, *fields) + raw + extra


def _descriptor(stored: _Stored) -> bytes:
    """Return the data descriptor, with its usual signature (APPNOTE 4.3.9)."""
    if not stored.entry.descriptor:
        return b""
    layout = "<IIQQ" if stored.entry.zip64 else "<IIII"
    return struct.pack(layout, 0x08074B50, stored.crc, len(stored.data), stored.size)


def _central_header(written: _Written) -> bytes:
    """Return the central directory header (APPNOTE 4.3.12)."""
    stored, entry = written.stored, written.stored.entry
    mode = stat.S_IFLNK | 0o777 if entry.symlink else stat.S_IFREG | 0o644
    sizes, offset, extra = (stored.crc, len(stored.data), stored.size), written.offset, b""
    if entry.zip64:
        extra = struct.pack("<HHQQQ", 1, 24, stored.size, len(stored.data), offset)
        sizes, offset = (stored.crc, _MAX32, _MAX32), _MAX32
    raw = _name(entry.name)
    return (
        _CENTRAL.pack(
            *(0x02014B50, _UNIX << 8 | _version(entry), _version(entry), _flags(entry, entry.name), entry.method),
            *(0, _DOS_DATE, *sizes, len(raw), len(extra), 0, 0, 0, mode << 16, offset),
        )
        + raw
        + extra
    )


def _end(offset: int, size: int, count: int, layout: ZipLayout) -> bytes:
    """Return the end of central directory record, behind its ZIP64 form where asked for (APPNOTE 4.3.14-16)."""
    stated = count if layout.stated_entries is None else layout.stated_entries
    if not layout.zip64:
        return _END.pack(0x06054B50, 0, 0, stated, stated, size, offset, len(layout.comment)) + layout.comment
    wide = _END64.pack(0x06064B50, _END64.size - 12, _UNIX << 8 | 45, 45, 0, 0, stated, stated, size, offset)
    locator = _LOCATOR64.pack(0x07064B50, 0, offset + size, 1)
    end = _END.pack(0x06054B50, 0, 0, _MAX16, _MAX16, _MAX32, _MAX32, len(layout.comment))
    return wide + locator + end + layout.comment
