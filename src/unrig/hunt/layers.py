"""What a given file is: the layers around its bytes, and the members of an archive. Runs in sealed workers."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator

from unrig.hunt.streams import MAX_LINE, NO_END, RAW, Descriptor, Layer, Member, inflated, peeled, plain
from unrig.model.errors import FormatError, LimitError

HEAD = 256 << 10
LONG_HEAD = MAX_LINE
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
MAX_LAYERS = 4
MAX_MEMBERS = 100_000
_MARKS = {
    b"\x1f\x8b\x08": Layer.GZIP,
    b"\x28\xb5\x2f\xfd": Layer.ZSTD,  # RFC 8878, 3.1.1
    b"\xff\xfe": Layer.UTF16_LE,
    b"\xfe\xff": Layer.UTF16_BE,
}
_WIDE = 32
"""Bytes of a text in UTF-16 without a byte order mark that tell it: whatever it says, it begins in ASCII."""
_METHODS = {zipfile.ZIP_STORED: False, zipfile.ZIP_DEFLATED: True}
_LOCAL_HEADER, _NAME_AT = 30, 26
"""APPNOTE 4.3.7: a local header's size, and where the lengths of name and extra field stand in it."""
_ENCRYPTED = 1


def head(descriptor: int, member: Member | None = None) -> tuple[bytes, tuple[Layer, ...]]:
    """Return the first bytes of a source without the layers around them, and these; b"" where they cannot be had."""
    found: tuple[Layer, ...] = ()
    data = _start(descriptor, member, found)
    while len(found) < MAX_LAYERS and (layer := _layer(data)) is not None:
        found = (*found, layer)
        data = _start(descriptor, member, found)
        if layer in (Layer.UTF16_LE, Layer.UTF16_BE):
            break
    if len(data) == HEAD and b"\n" not in data:  # a first line that is longer tells as much as a short one
        data = _start(descriptor, member, found, LONG_HEAD)
    return data, found


def members(descriptor: int) -> Iterator[tuple[str, Member | str]]:
    """Yield the files in a zip by name: where each stands, or why it cannot be read.

    Raises FormatError where there is no directory of them, LimitError for more than MAX_MEMBERS.
    """
    file = Descriptor(descriptor)
    try:
        with zipfile.ZipFile(file) as archive:
            given = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise FormatError("the zip archive", "a directory of members", str(error)) from error
    if len(given) > MAX_MEMBERS:
        raise LimitError("the zip archive", f"{MAX_MEMBERS} members", f"{len(given)}")
    for each in given:
        if not each.is_dir():
            yield each.filename, _member(descriptor, each)


def _member(descriptor: int, given: zipfile.ZipInfo) -> Member | str:
    if given.flag_bits & _ENCRYPTED:
        return "an encrypted member"
    if given.compress_type not in _METHODS:
        return f"a member of compression method {given.compress_type}"
    header = os.pread(descriptor, _LOCAL_HEADER, given.header_offset)
    if len(header) < _LOCAL_HEADER or not header.startswith(ZIP_MAGICS[0]):
        return "a member without a local header"
    name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (_NAME_AT, _NAME_AT + 2))
    return Member(
        offset=given.header_offset + _LOCAL_HEADER + name + extra,
        size=given.compress_size,
        deflated=_METHODS[given.compress_type],
    )


def _layer(data: bytes) -> Layer | None:
    return next((layer for mark, layer in _MARKS.items() if data.startswith(mark)), None) or _wide(data)


def _wide(data: bytes) -> Layer | None:
    """Return UTF-16 where the first letters are ASCII with a zero each, as RFC 4627, 3 tells it of JSON."""
    first, second = data[:_WIDE:2], data[1:_WIDE:2]
    if len(data) < 4:
        return None
    if not any(second) and first.isascii() and all(first):
        return Layer.UTF16_LE
    return Layer.UTF16_BE if not any(first) and second.isascii() and all(second) else None


def _start(descriptor: int, member: Member | None, layers: tuple[Layer, ...], size: int = HEAD) -> bytes:
    """Return the first bytes within some layers, as far as they can be had."""
    at, end = (member.offset, member.offset + member.size) if member else (0, NO_END)
    found = plain(descriptor, at, end)
    if member is not None and member.deflated:
        found = inflated(found, RAW)
    for layer in layers:
        found = peeled(found, layer)
    data = b""
    try:
        for chunk in found:
            data += chunk
            if len(data) >= size:
                break
    except (FormatError, LimitError):
        pass  # what came before it tells the kind; the damage is said when it is read
    return data[:size]
