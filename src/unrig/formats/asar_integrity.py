"""Whether the files of an asar are those that its directory has the hashes of.

https://github.com/electron/asar, lib/integrity.js: SHA-256 of the whole file, and of each block of 4 MiB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.asar import AsarStructure, Entry
from unrig.formats.asar_directory import Integrity

ALGORITHM = "SHA256"
MOST, SMALL = 2, 1 << 20
"""Times the archive's bytes that are hashed, and bytes more: files that claim each other's bytes end here (they are a
problem of the archive, which delivers no more of them)."""


class Failure(Struct, frozen=True, kw_only=True):
    """One file that is not as its hashes say."""

    path: str
    expected: str
    observed: str


def failures(data: memoryview, structure: AsarStructure) -> Iterator[Failure]:
    """Yield one failure for each file whose content is not that of its hashes."""
    left = MOST * len(data) + SMALL
    for entry in structure.entries:
        if entry.node.integrity is None or entry.offset < 0:
            continue
        left -= entry.node.size
        if left < 0:
            return
        content = data[entry.offset : entry.offset + entry.node.size]
        failure = _failure(content, entry, entry.node.integrity)
        if failure is not None:
            yield failure


def _failure(content: memoryview, entry: Entry, integrity: Integrity) -> Failure | None:
    if integrity.algorithm != ALGORITHM:
        return Failure(path=entry.node.path, expected=ALGORITHM, observed=integrity.algorithm)
    whole = hashlib.sha256(content).hexdigest()
    if whole != integrity.hash.lower():
        return Failure(path=entry.node.path, expected=f"SHA-256 {integrity.hash}", observed=whole)
    blocks = _blocks(content, integrity)
    if blocks is not None and blocks != tuple(block.lower() for block in integrity.blocks):
        return Failure(path=entry.node.path, expected="blocks with the hashes listed", observed="other blocks")
    return None


def _blocks(content: memoryview, integrity: Integrity) -> tuple[str, ...] | None:
    """Return the hashes of the blocks; None where the whole is a single block, whose hash is the file's.

    A list that is not as long as there are blocks is wrong without hashing them: that bounds the work.
    """
    step = integrity.block_size
    if step <= 0:
        return ()
    if len(content) <= step:
        return (integrity.hash.lower(),)
    if -(-len(content) // step) != len(integrity.blocks):
        return ()
    return tuple(hashlib.sha256(content[at : at + step]).hexdigest() for at in range(0, len(content), step))
