"""Lists that say what the other files of a package hold: RECORD of wheels, MANIFEST.MF of jars, CodeResources of bundles.

RECORD: "The .dist-info directory" and "Recording installed projects" of the PyPA specifications, rows of path, hash
and size. MANIFEST.MF: JAR File Specification, "Manifest Specification". CodeResources: a property list whose `files2`
has a `hash2`, the SHA-256 (Apple, TN2206), found by its tags: no parser of XML is asked, which could be made to expand
entities. Of digests only SHA-256 is read.
"""

from __future__ import annotations

import base64
import binascii
import csv
import re
from collections.abc import Iterator

from unrig.formats.electron_plist import is_plist
from unrig.model.content_list import ContentListFacts, ListedFile
from unrig.model.paths import label

LONGEST = 32 << 20
"""Bytes; the RECORD of a package with 10,000 files has a million."""
MOST = 100_000
RECORD_ROW = re.compile(rb"[^\r\n]+,sha(?:256|384|512)=[\w-]{43,86}=*,\d*\r?(?:\n|\Z)")
"""One such row: in an ordinary text none stands in the first lines."""
HEAD = 4096
SHA256_IN_JAR = re.compile(rb"^SHA-?256-Digest: *([A-Za-z0-9+/=]{43,44}) *$", re.MULTILINE | re.IGNORECASE)
NAME_IN_JAR = re.compile(rb"^Name: *(.+?) *$", re.MULTILINE | re.IGNORECASE)
SEALED = re.compile(
    rb"<key>([^<]{1,4096})</key>\s*<dict>(?:(?!</?dict>).){0,400}?<key>hash2</key>\s*<data>([\sA-Za-z0-9+/=]{44,120})</data>",
    re.DOTALL,
)
ENTITIES = ((b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&apos;", b"'"), (b"&amp;", b"&"))


def read(data: memoryview) -> ContentListFacts:
    """Return what a list says; a kind of `` for any other text."""
    head = bytes(data[:HEAD])
    if len(data) > LONGEST:
        return ContentListFacts()
    if head.startswith(b"Manifest-Version:"):
        return _facts("jar", _jar(bytes(data)))
    if is_plist(data):
        return _facts("bundle", _bundle(bytes(data)))
    if b",sha" in head and RECORD_ROW.search(head):  # the first is fast on long lines, where the second is not
        return _facts("record", _record(bytes(data)))
    return ContentListFacts()


def _facts(kind: str, files: Iterator[ListedFile]) -> ContentListFacts:
    listed = tuple(file for file, _ in zip(files, range(MOST), strict=False))
    return ContentListFacts(kind=kind, files=listed) if listed else ContentListFacts()


def _record(text: bytes) -> Iterator[ListedFile]:
    """Yield the files of a RECORD; nothing more from a row on that is none."""
    rows = csv.reader(text.decode("utf-8", "surrogateescape").splitlines())
    try:
        for row in rows:
            if len(row) == 3 and row[0]:
                digest = row[1].removeprefix("sha256=") if row[1].startswith("sha256=") else ""
                yield ListedFile(path=_label(row[0].encode("utf-8", "surrogateescape")), sha256=_hex(digest.encode()))
    except csv.Error:
        return


def _jar(text: bytes) -> Iterator[ListedFile]:
    """Yield the entries that have a digest; lines go on behind a line break and one blank."""
    unfolded = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n ", b"")
    for section in unfolded.split(b"\n\n"):
        name, digest = NAME_IN_JAR.search(section), SHA256_IN_JAR.search(section)
        if name and digest:
            yield ListedFile(path=_label(name[1]), sha256=_hex(digest[1]))


def _bundle(text: bytes) -> Iterator[ListedFile]:
    start = text.find(b"<key>files2</key>")
    for match in SEALED.finditer(text, start) if start >= 0 else ():
        path = match[1]
        for entity, plain in ENTITIES:
            path = path.replace(entity, plain)
        yield ListedFile(path=_label(path), sha256=_hex(b"".join(match[2].split())))


def _label(path: bytes) -> str:
    """Return a path as members are called: without `./` in front."""
    return label(path.removeprefix(b"./"))


def _hex(digest: bytes) -> str:
    """Return a SHA-256 in Base64, of either alphabet, as hex; empty for what is none."""
    try:
        raw = base64.urlsafe_b64decode(digest.replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=") + b"=")
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == 32 else ""
