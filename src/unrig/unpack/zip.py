"""Zip and everything that is a zip: wheel, jar, apk, nupkg, vsix, xpi, crx, docx, ipa.

Layout:   APPNOTE.TXT 6.3.10. Members as the central directory lists them; without one, by their local headers.
          Stored, deflate, bzip2, LZMA, xz and zstd; CRC-32 and size are checked, content is delivered even where they
          do not hold. A prefix (self-extracting programs) is passed over, the facts show it.
Refuses:  encrypted members, Deflate64, PPMd and other methods, split archives: each is a problem that
          names the member. Members that share bytes are delivered, with a problem each: that is a bomb's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import BinaryIO

from unrig.formats import compressed_stream
from unrig.formats.compressed_stream import Chunks
from unrig.formats.zip_structure import Entry, ZipStructure, read
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import damaged, limited, unsupported
from unrig.unpack.streams import checked, opened, whole

LZMA = 14
METHODS: Mapping[int, Callable[[memoryview], Chunks]] = MappingProxyType(
    {
        0: compressed_stream.stored,
        8: compressed_stream.deflate,
        12: compressed_stream.bzip2,
        93: compressed_stream.DECODERS["zstd"],
        95: compressed_stream.xz,
    }
)
NAMES = {9: "Deflate64", 98: "PPMd", 99: "AES encryption"}  # APPNOTE 4.4.5
MAX_OVERLAPS = 64  # problems that repeat say nothing new


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each member, or the problem that stands in its way.

    Raises FormatError where there is neither a central directory nor a local header.
    """
    structure = read(data, budget.limits.members + 1)
    for entry in structure.entries:
        try:
            take_member(budget, entry.path)
        except LimitError as error:
            yield limited(entry.path, error)
            return
        yield _member(data, entry, budget)
    yield from _archive_problems(structure)


def _member(data: memoryview, entry: Entry, budget: Budget) -> Member | Problem:
    """Return one member, or why it cannot be opened."""
    if entry.encrypted:
        observed = f"an encrypted one of {entry.size:,} bytes"
        return unsupported(entry.path, "a member in the clear", observed, "decrypt the archive and vet it again")
    if entry.method not in METHODS and entry.method != LZMA:
        observed = f"method {entry.method} ({NAMES.get(entry.method, 'unknown')})"
        action = "unpack the archive with its own program in a sandbox and vet the folder"
        return unsupported(entry.path, "a compression method that unrig reads", observed, action)
    if entry.data_offset < 0:
        error = FormatError(f"{entry.offset:#x}", "a local file header", "none")
        return damaged(entry.path, error, "the content of this member was not looked at")
    return Member(
        path=entry.path,
        size=entry.size,
        index=entry.index,
        offset=entry.offset,
        kind=entry.kind,
        open=partial(_open, data, entry, budget),
    )


def _open(data: memoryview, entry: Entry, budget: Budget) -> BinaryIO:
    """Return the content of a member as a stream."""
    packed = data[entry.data_offset : entry.data_offset + entry.compressed_size]
    return opened(checked(_plain(packed, entry), entry.crc32, entry.size), entry.path, budget)


def _plain(packed: memoryview, entry: Entry) -> Chunks:
    if entry.method == LZMA:
        return compressed_stream.zip_lzma(packed, entry.size)
    return whole(METHODS[entry.method](packed), packed, "compressed data")


def _archive_problems(structure: ZipStructure) -> Iterator[Problem]:
    """Yield what is wrong with the archive as a whole."""
    if not structure.has_directory:
        error = FormatError("end of file", "an end of central directory record", "none")
        yield damaged("central directory", error, "members after the last readable local header were not looked at")
    for index in sorted(structure.overlapping)[:MAX_OVERLAPS]:
        entry = structure.entries[index]
        overlap = FormatError(f"{entry.offset:#x}", "bytes of its own", "bytes that another structure claims too")
        yield damaged(entry.path, overlap, "nothing: its content was delivered within the budget")


CONTAINER = Container(id="zip", formats=("zip",), members=members)
