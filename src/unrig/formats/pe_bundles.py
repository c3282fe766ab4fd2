"""Two kinds of program whose own tables say where their files stand: WiX Burn and .NET single-file bundles."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.compressed_stream import Chunks, deflate, stored
from unrig.formats.pe import PeHeader
from unrig.model.errors import FormatError
from unrig.model.paths import label

MOST_BUNDLED, MOST_CONTAINERS = 4096, 64
BUNDLE = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
"""SHA-256 of `.net core bundle` and a line feed: in every .NET host, behind the place of the bundle's header."""
BUNDLE_VERSIONS = frozenset({1, 2, 6})
_BURN = struct.Struct("<II16s6I")
_BURN_MAGIC, _BURN_VERSION = 0x00F14300, 2


class Carried(Struct, frozen=True, kw_only=True):
    """One file inside another."""

    path: str
    offset: int
    size: int
    """Of its content."""
    packed: int = 0
    """Bytes that it takes where it is deflated; 0 where it stands as it is."""


class Bundle(Struct, frozen=True, kw_only=True):
    """The files of a .NET single-file program."""

    files: tuple[Carried, ...] = ()
    damaged: str = ""
    """What of the manifest could not be read, as `place: expected, found`; empty where all could."""


def burn(data: memoryview, header: PeHeader) -> Iterator[Carried]:
    """Yield the containers of a WiX bundle (wix, burn/engine/section.cpp, BURN_SECTION_HEADER).

    The first follows the program, the others the program's signature, which stands behind the first.
    """
    section = next((s for s in header.sections if s.name == ".wixburn"), None)
    if section is None or section.raw_offset + _BURN.size > len(data):
        return
    magic, version, _, stub, _, signature, signed, _, count = _BURN.unpack_from(data, section.raw_offset)
    sizes = section.raw_offset + _BURN.size
    if magic != _BURN_MAGIC or version != _BURN_VERSION or count > MOST_CONTAINERS or sizes + 4 * count > len(data):
        return
    at = stub
    for number, size in enumerate(struct.unpack_from(f"<{count}I", data, sizes)):
        if size and 0 < at <= len(data) - size:
            yield Carried(path=f"burn/{number}", offset=at, size=size)
        at = signature + signed if number == 0 and signature else at + size


def dotnet(data: memoryview) -> Bundle:
    """Return the files of a .NET single-file bundle (dotnet/runtime, HostModel/Bundle/Manifest.cs), as far as it names some.

    The host of a program that is no bundle has a place of 0.
    """
    found = re.search(re.escape(BUNDLE), data)
    if found is None or found.start() < 8:
        return Bundle()
    (at,) = struct.unpack_from("<q", data, found.start() - 8)
    if at == 0:
        return Bundle()
    files: list[Carried] = []
    try:
        for file in _bundled(data, at):
            files.append(file)  # noqa: PERF402  (what came before damage stands)
    except (struct.error, IndexError):
        return Bundle(files=tuple(files), damaged=f"manifest: {len(data)} bytes in all, one at {at} that goes on")
    except FormatError as error:
        return Bundle(files=tuple(files), damaged=f"{error.where}: {error.expected}, {error.observed}")
    return Bundle(files=tuple(files))


def _bundled(data: memoryview, at: int) -> Iterator[Carried]:
    """Yield the files of a manifest. Raises FormatError, struct.error or IndexError where it lies or ends."""
    if not 0 < at < len(data) - 12:
        raise FormatError("manifest", "a place inside the file", str(at))
    major, _, count = struct.unpack_from("<IIi", data, at)
    if major not in BUNDLE_VERSIONS or not 0 < count <= MOST_BUNDLED:
        raise FormatError("manifest", f"version 1, 2 or 6 and at most {MOST_BUNDLED:,} files", f"{major}, {count}")
    _, at = _text(data, at + 12)
    at += 40 if major >= 2 else 0  # offsets and sizes of two settings files, flags
    outside = 0
    for _ in range(count):
        offset, size = struct.unpack_from("<qq", data, at)
        packed = struct.unpack_from("<q", data, at + 16)[0] if major >= 6 else 0
        name, at = _text(data, at + (25 if major >= 6 else 17))
        held = packed or size
        if not (size >= 0 and packed >= 0 and 0 <= offset <= len(data) - held):
            outside += 1
        elif size:
            yield Carried(path=f"bundle/{label(name)}", offset=offset, size=size, packed=packed)
    if outside:
        raise FormatError("manifest", "files inside the program", f"{outside} outside of it")


def content(data: memoryview, carried: Carried) -> Chunks:
    """Yield a carried file; raise FormatError afterwards where it is not as long as declared."""
    held = data[carried.offset : carried.offset + (carried.packed or carried.size)]
    if not carried.packed:
        return (yield from stored(held))
    total = 0
    unpacked = deflate(held)
    while True:
        try:
            chunk = next(unpacked)
        except StopIteration as stop:
            reached = int(stop.value)
            break
        total += len(chunk)
        yield chunk
    if (total, reached) != (carried.size, carried.packed):
        raise FormatError(
            "content", f"{carried.size} bytes from {carried.packed} as declared", f"{total} from {reached}"
        )
    return total


def _text(data: memoryview, at: int) -> tuple[bytes, int]:
    """Return a text behind its length in seven bits a byte (BinaryWriter.Write), and the offset behind it."""
    length, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
        if shift > 28:
            raise FormatError("bundle", "a text with a length", "a length without end")
    if at + length > len(data):
        raise FormatError("bundle", f"a text of {length} bytes", "the end of the file")
    return bytes(data[at : at + length]), at + length
