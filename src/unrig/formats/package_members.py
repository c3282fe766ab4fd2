"""The members of a package by name, and their content as far as verifying a signature needs it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from unrig.formats.compressed_stream import deflate, stored
from unrig.formats.zip_structure import Entry, ZipStructure
from unrig.model.errors import FormatError, LimitError

LARGEST_LISTING = 64 << 20
"""Bytes of a manifest, block map or signature; a jar of 100,000 classes has a manifest of some 12 MiB."""


def by_name(structure: ZipStructure) -> dict[bytes, Entry]:
    """Return the members by name; of several the last, as most readers have it."""
    return {entry.name: entry for entry in structure.entries}


def is_folder(entry: Entry) -> bool:
    """Tell whether a member is a folder; some writers pack its empty content to two bytes."""
    return entry.kind == "folder" or (entry.name.endswith(b"/") and not entry.size)


def chunks(data: memoryview, entry: Entry) -> Iterator[bytes]:
    """Yield the content of a member. Raises FormatError where it cannot be read."""
    if entry.data_offset < 0 or entry.encrypted or entry.method not in {0, 8}:
        raise FormatError(entry.path, "a member that is stored or deflated", f"method {entry.method}")
    packed = data[entry.data_offset : entry.data_offset + entry.compressed_size]
    yield from (stored if entry.method == 0 else deflate)(packed)


def content(data: memoryview, entry: Entry) -> bytes:
    """Return the content of a listing. Raises FormatError where it cannot be read, LimitError where it is too large."""
    held = bytearray()
    for chunk in chunks(data, entry):
        held += chunk
        if len(held) > LARGEST_LISTING:
            raise LimitError(entry.path, f"{LARGEST_LISTING:,} bytes", "more")
    return bytes(held)


class Purse:
    """How many plain bytes may still be unpacked to check digests."""

    def __init__(self, left: int = 1 << 30) -> None:
        self.left = left

    def spend(self, size: int) -> None:
        """Count bytes. Raises LimitError where there are too many: at 300 MB a second a worker has time for many more."""
        self.left -= size
        if self.left < 0:
            raise LimitError("content", "1 GiB of members that are checked against their signature", "more")


def digests(data: memoryview, entry: Entry, names: frozenset[str], purse: Purse) -> dict[str, str]:
    """Return the digests of a member's content in hex, by algorithm."""
    made = {name: hashlib.new(name, usedforsecurity=False) for name in sorted(names)}
    for chunk in chunks(data, entry):
        purse.spend(len(chunk))
        for digest in made.values():
            digest.update(chunk)
    return {name: digest.hexdigest() for name, digest in made.items()}
