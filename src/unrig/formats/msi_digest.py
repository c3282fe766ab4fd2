"""What an installer's signature is over: its streams in the order of their names, and what the directory says of them.

Not published by Microsoft; as osslsigncode (msi.c) computes both, which Windows accepts. The first digest is over the
content of all streams, storage by storage, each storage's class identifier behind its own. Where the stream
MsiDigitalSignatureEx exists, it holds a digest over names, sizes, states and times, and goes in front of the content.
The two signature streams themselves are left out, but only those of the root.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping

from unrig.formats import msi_streams, ole
from unrig.formats.ole_directory import Entry

ALGORITHMS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
SIGNATURES = frozenset({msi_streams.SIGNATURE, msi_streams.SIGNATURE_EX})


def content_digest(data: memoryview, structure: ole.OleStructure, algorithm: str, extended: bytes) -> str:
    """Return the digest of all content in hex; `extended` is what MsiDigitalSignatureEx should hold, empty without it.

    Raises FormatError where a stream cannot be read as far as it declares, ValueError for an unknown algorithm.
    """
    digest = hashlib.new(algorithm, extended, usedforsecurity=False)
    for entry in _in_order(structure):
        if entry.kind != "stream":
            digest.update(entry.class_id)
        for chunk in ole.content(data, structure, entry) if entry.kind == "stream" else ():
            digest.update(chunk)
    return digest.hexdigest()


def file_digest(data: memoryview, structure: ole.OleStructure, algorithm: str) -> str:
    """Return the digest that a signature of this file would be over, with the directory's where it is signed too.

    Raises FormatError and ValueError as `content_digest` does.
    """
    has_extended = msi_streams.top(structure, msi_streams.SIGNATURE_EX) is not None
    extended = directory_digest(structure, algorithm) if has_extended else b""
    return content_digest(data, structure, algorithm, extended)


def directory_digest(structure: ole.OleStructure, algorithm: str) -> bytes:
    """Return the digest of what the directory says, as MsiDigitalSignatureEx holds it."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    children = _children(structure)
    waiting = list(structure.entries[:1])
    while waiting:
        entry = waiting.pop()
        digest.update(_described(entry))
        waiting += reversed(children.get(entry.index, [])) if entry.kind != "stream" else []
    return digest.digest()


def _described(entry: Entry) -> bytes:
    """Return an entry's name, class or size, state and times; the root has neither name nor times."""
    own = struct.pack("<I", entry.size & 0xFFFFFFFF) if entry.kind == "stream" else entry.class_id
    own += struct.pack("<I", entry.state)
    if entry.kind == "root":
        return own
    return entry.raw_name + own + struct.pack("<QQ", entry.created, entry.modified)


def _in_order(structure: ole.OleStructure) -> Iterator[Entry]:
    """Yield the streams of each storage by their names, storages among them, each storage behind what it holds."""
    children = _children(structure)
    waiting = [(entry, False) for entry in structure.entries[:1]]
    while waiting:
        entry, is_done = waiting.pop()
        if entry.kind == "stream" or is_done:
            yield entry
            continue
        waiting.append((entry, True))
        waiting += [(child, False) for child in reversed(children.get(entry.index, []))]


def _children(structure: ole.OleStructure) -> Mapping[int, list[Entry]]:
    """Return the entries of each storage by its index, ordered by the bytes of their names."""
    found: dict[int, list[Entry]] = {}
    for entry in structure.entries[1:]:
        is_signature = entry.parent == 0 and entry.name in SIGNATURES
        if not is_signature and entry.kind in {"stream", "storage"}:
            found.setdefault(entry.parent, []).append(entry)
    for listed in found.values():
        listed.sort(key=lambda entry: entry.raw_name + b"\0\0")
    return found
