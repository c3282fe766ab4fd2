"""What Electron writes into the Info.plist of a program for macOS: the hash of the archive that holds the code.

https://www.electronjs.org/docs/latest/tutorial/asar-integrity: the key ElectronAsarIntegrity, a dictionary by path below
Contents, each a dictionary of algorithm and hash. Property lists in XML alone (Apple's PropertyList-1.0.dtd), found by
their tags: no parser of XML is asked, which could be made to expand entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.formats.sniff_magic import has
from unrig.model.electron import AsarHash
from unrig.model.paths import label

LONGEST = 1 << 20
"""Bytes; an Info.plist has some thousand."""
MOST = 256
KEY = re.compile(rb"<key>\s*ElectronAsarIntegrity\s*</key>\s*<dict>")
TAG = re.compile(rb"<(key|string)>([^<]{0,4096})</\1>|<(/?)dict\s*(/?)>")
ENTITIES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&apos;", b"'"), (b"&amp;", b"&"))


def is_plist(data: memoryview) -> bool:
    """Tell whether it is a property list in XML: its declaration, then its document type or its own element."""
    head = bytes(data[:512]).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<?xml") and (b"<!DOCTYPE plist" in head or b"<plist" in head)


def hashes(data: memoryview) -> tuple[AsarHash, ...]:
    """Return the hashes that a property list has; nothing for one without."""
    text = bytes(data[:LONGEST]) if not has(data, b"bplist") else b""
    found = KEY.search(text)
    if found is None:
        return ()
    rows = list(_rows(text, found.end()))[:MOST]
    return tuple(
        AsarHash(
            path=label(path),
            algorithm=_word(fields.get(b"algorithm", b"")).upper().replace("-", ""),
            value=_word(fields.get(b"hash", b"")).lower(),
        )
        for path, fields in rows
    )


def _rows(text: bytes, start: int) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Yield each path with the fields of its dictionary, up to the end of the outer one."""
    key, path, depth = b"", b"", 1
    fields: dict[bytes, bytes] = {}
    for tag in TAG.finditer(text, start):
        kind, content, closing, empty = tag.group(1, 2, 3, 4)
        if kind == b"key":
            key = _plain(content)
        elif kind == b"string":
            fields.setdefault(key, _plain(content))
        elif closing:
            depth -= 1
            if depth == 0:
                return
            yield path, fields
        elif not empty:
            depth, path, fields = depth + 1, key, {}


def _plain(text: bytes) -> bytes:
    """Return a text without XML's five entities."""
    for entity, plain in ENTITIES:
        text = text.replace(entity, plain)
    return text.strip()


def _word(text: bytes) -> str:
    return text[:128].decode("ascii", "backslashreplace")
