"""The string pool of a Windows Installer database: `_StringPool` says how long each string is, `_StringData` holds them.

Not published by Microsoft; as Wine (dlls/msi/string.c) and the Rust crate `msi` read it. The first four bytes are the
code page, its highest bit says that references have three bytes. Then length and number of references of each
string, 16 bits each; where the length is 0 and the other is not, that one is the high half of the next length.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.ole_header import Notes

LONG_REFERENCES = 0x80000000
MAX_STRINGS = 1 << 20  # three bytes could name 16 times as many; the largest databases have some 100,000
CODECS = {0: "cp1252", 20127: "ascii", 28591: "latin-1", 65001: "utf-8"}
"""Code pages whose codec is not `cp` and the number. 0 means that all strings are ASCII."""


class Strings(Struct, frozen=True, kw_only=True):
    """All strings by their number; the one with number 0 is no string."""

    code_page: int
    reference_size: int
    """Bytes of a reference in a table: 2 or 3."""
    texts: tuple[str, ...]


def read_strings(pool: bytes, data: bytes, notes: Notes) -> Strings:
    """Return the strings; those beyond the data's end are empty, and bytes behind the last one are noted."""
    head = int.from_bytes(pool[:4], "little")
    if len(pool) < 4:
        notes.add("_StringPool", "at least 4 bytes", str(len(pool)))
    code_page = head & ~LONG_REFERENCES
    codec = _codec(code_page, notes)
    texts, at = [""], 0
    for length in _lengths(pool):
        if len(texts) > MAX_STRINGS:
            notes.add("_StringPool", f"at most {MAX_STRINGS:,} strings", "more")
            break
        part = data[at : at + length]
        if len(part) < length:
            notes.add("_StringData", f"a string of {length} bytes at {at:#x}", f"{len(part)} bytes")
        texts.append(part.decode(codec, "backslashreplace"))
        at += length
    if at < len(data):
        notes.add("_StringData", f"its end at {at:#x}", f"{len(data) - at} bytes more")
    return Strings(code_page=code_page, reference_size=3 if head & LONG_REFERENCES else 2, texts=tuple(texts))


def _lengths(pool: bytes) -> Iterator[int]:
    """Yield the length of each string in bytes."""
    high = 0
    for length, references in struct.iter_unpack("<HH", pool[4 : len(pool) // 4 * 4]):
        if not length and references and not high:
            high = references << 16
            continue
        yield high + length
        high = 0


def _codec(code_page: int, notes: Notes) -> str:
    name = CODECS.get(code_page, f"cp{code_page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        notes.add("_StringPool", "a code page that Python knows", str(code_page))
        return "latin-1"
