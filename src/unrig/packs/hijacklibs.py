"""HijackLibs: libraries that programs load from their own folder first, and the programs known to do so.

The data is GPL-3 and comes from the user, never with unrig.

Layout:  the project's YAML files in one: `cat yml/*/*/*.yml > hijacklibs.yml`. Of each document its name, its vendor
         and the names of its programs are read, in the regular part of YAML that the project writes.
Refuses: what is no UTF-8 text, a document without a name, a file without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.errors import FormatError
from unrig.model.pack import HijackLibrary, HijackList, PackKind, ReadPack

LARGEST = 64 << 20
"""Bytes; all of the project's files have 2 million."""
LONGEST_NAME = 256
PAIR = re.compile(r"(?P<indent> *)(?P<item>- +)?(?P<key>[A-Za-z0-9]+):(?: +(?P<value>\S.*))?")


def read(raw: bytes, name: str) -> ReadPack:
    """Return the libraries. Raises FormatError where a document has no name, or is no text."""
    if len(raw) > LARGEST:
        raise FormatError(name, f"at most {LARGEST:,} bytes", f"{len(raw):,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start}", "UTF-8 text", "something else") from error
    libraries: dict[str, HijackLibrary] = {}
    for number, document in enumerate(re.split(r"(?m)^---[ \t]*$", text)):
        if document.strip():
            key, library = _library(document, f"{name}: document {number}")
            old = libraries.get(key, HijackLibrary())
            programs = tuple(sorted({*old.programs, *library.programs}))
            libraries[key] = HijackLibrary(vendor=old.vendor or library.vendor, programs=programs)
    if not libraries:
        raise FormatError(name, "libraries of HijackLibs", "none")
    return ReadPack(name="HijackLibs", licence="GPL-3.0", content=HijackList(libraries=libraries))


def _library(document: str, where: str) -> tuple[str, HijackLibrary]:
    name = vendor = ""
    programs = set[str]()
    section = ""
    for pair in _pairs(document):
        value = _plain(pair["value"] or "")
        if not pair["indent"] and not pair["item"]:
            section = pair["key"]
            name = value if section == "Name" else name
            vendor = value if section == "Vendor" else vendor
        elif section == "VulnerableExecutables" and pair["key"] == "Path" and pair["item"]:
            programs.add(re.split(r"[\\/]", value)[-1].lower())
    if not name or len(name) > LONGEST_NAME:
        raise FormatError(where, "`Name:` with the name of a library", repr(name[:80]))
    return name.lower(), HijackLibrary(vendor=vendor, programs=tuple(sorted(programs)))


def _pairs(document: str) -> Iterator[re.Match[str]]:
    for line in document.splitlines():
        pair = PAIR.fullmatch(line.rstrip())
        if pair:
            yield pair


def _plain(value: str) -> str:
    """Return a scalar without its quotes (YAML 1.2, 7.3)."""
    text = value.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


PACK_KIND = PackKind(
    id="hijacklibs",
    title="Libraries that programs load from their own folder (HijackLibs)",
    suffixes=(".yml", ".yaml"),
    read=read,
)
