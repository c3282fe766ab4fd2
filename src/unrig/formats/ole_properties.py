"""A property set, such as the summary information of an installer or document ([MS-OLEPS] 2.21 to 2.23)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from unrig.formats.ole_header import Notes

MAX_PROPERTIES = 256  # the summary information has 19 (2.25.1)
MAX_TEXT = 1024
VT_I2, VT_I4, VT_LPSTR, VT_LPWSTR, VT_FILETIME = 2, 3, 30, 31, 64  # 2.1
CODE_PAGE = 1
UNIX_EPOCH = 11_644_473_600  # seconds from 1601, where FILETIME begins (2.7)
TICKS = 10_000_000

Property = str | int
"""A text, a number, or a time in Unix seconds."""


def read_properties(raw: bytes, notes: Notes) -> Mapping[int, Property]:
    """Return the texts, numbers and times of the first section by their identifier; the rest is left out."""
    if len(raw) < 48 or raw[:2] != b"\xfe\xff":
        notes.add("summary information", "a property set of 48 bytes or more", f"{len(raw)} bytes")
        return {}
    base = int.from_bytes(raw[44:48], "little")
    section = raw[base:]
    if len(section) < 8:
        notes.add("summary information", "a section", f"its offset {base:#x} of {len(raw):#x}")
        return {}
    size, count = struct.unpack_from("<II", section)
    section = section[:size]
    if count > min(MAX_PROPERTIES, (len(section) - 8) // 8):
        notes.add("summary information", "properties that fit the section", str(count))
        count = max(0, min(MAX_PROPERTIES, (len(section) - 8) // 8))
    places: dict[int, int] = dict(struct.iter_unpack("<II", section[8 : 8 + 8 * count]))
    page = _value(section, places[CODE_PAGE], 0) if CODE_PAGE in places else 0
    code_page = page & 0xFFFF if isinstance(page, int) else 0
    found = {number: _value(section, at, code_page) for number, at in places.items()}
    return {number: value for number, value in found.items() if value is not None}


def _value(section: bytes, at: int, code_page: int) -> Property | None:
    """Return one typed value; None for a type that is not read or a value that does not fit."""
    if at + 8 > len(section):
        return None
    kind, first = struct.unpack_from("<II", section, at)
    if kind == VT_I2:
        return int(first & 0xFFFF)
    if kind == VT_I4:
        return int(first)
    if kind == VT_FILETIME and at + 12 <= len(section):
        ticks: int = struct.unpack_from("<Q", section, at + 4)[0]
        return max(0, ticks // TICKS - UNIX_EPOCH)
    if kind == VT_LPSTR:
        return _decoded(section[at + 8 : at + 8 + min(first, MAX_TEXT)], code_page)
    if kind == VT_LPWSTR:
        return section[at + 8 : at + 8 + 2 * min(first, MAX_TEXT)].decode("utf-16-le", "replace").rstrip("\0")
    return None


def _decoded(raw: bytes, code_page: int) -> str:
    names = {65001: "utf-8", 1200: "utf-16-le", 0: "cp1252"}
    try:
        return raw.decode(names.get(code_page, f"cp{code_page}"), "replace").rstrip("\0")
    except LookupError:
        return raw.decode("latin-1").rstrip("\0")
