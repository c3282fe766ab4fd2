"""The version resource of a PE (VS_VERSIONINFO, VS_FIXEDFILEINFO, StringFileInfo of the Windows API documentation)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct, field

from unrig.formats.pe import note

ROOT_KEY = "VS_VERSION_INFO"
FIXED_SIGNATURE = 0xFEEF04BD
MAX_STRINGS = 1000
MAX_KEY = 256  # characters

_HEADER = struct.Struct("<HHH")
_FIXED = struct.Struct("<IIHHHH")


class VersionInfo(Struct, frozen=True, kw_only=True):
    """What a file says of itself."""

    strings: dict[str, str] = field(default_factory=dict)
    """StringFileInfo of the first table: CompanyName, FileVersion, OriginalFilename, ..."""
    fixed_file_version: str = ""
    """dwFileVersion as `1.2.3.4`; empty where VS_FIXEDFILEINFO is missing."""
    damaged: tuple[str, ...] = ()


class _Block(Struct, frozen=True):
    """One length-prefixed block: its key, where its value or children begin, and where it ends."""

    key: str
    body: int
    value_length: int
    end: int


def read_version(raw: bytes) -> VersionInfo:
    """Return what the data of an RT_VERSION resource says; blocks that lie about their length are damage."""
    damaged: list[str] = []
    root = next(_blocks(raw, 0, len(raw), damaged), None)
    if root is None or root.key != ROOT_KEY:
        note(damaged, "version", ROOT_KEY, repr(root.key[:64]) if root else "nothing")
        return VersionInfo(damaged=tuple(damaged))
    strings: dict[str, str] = {}
    for child in _blocks(raw, _aligned(root.body + root.value_length), root.end, damaged):
        if child.key == "StringFileInfo":
            strings = _first_table(raw, child, damaged)
            break
    return VersionInfo(
        strings=strings,
        fixed_file_version=_fixed(raw, root),
        damaged=tuple(damaged),
    )


def _first_table(raw: bytes, info: _Block, damaged: list[str]) -> dict[str, str]:
    """Return the strings of the first language; the first of two equal keys counts."""
    strings: dict[str, str] = {}
    table = next(_blocks(raw, info.body, info.end, damaged), None)
    if table is None:
        return strings
    for entry in _blocks(raw, table.body, table.end, damaged):
        strings.setdefault(entry.key, _text(raw, entry))
    return strings


def _blocks(raw: bytes, start: int, end: int, damaged: list[str]) -> Iterator[_Block]:
    """Yield the blocks between two offsets, each aligned to four bytes."""
    for _ in range(MAX_STRINGS):
        if start + _HEADER.size > end:
            return
        length, value_length, _ = _HEADER.unpack_from(raw, start)
        if length < _HEADER.size or start + length > end:
            if any(raw[start:end]):
                note(damaged, "version", f"a block within {end - start} bytes", f"length {length}")
            if length < _HEADER.size:
                return
        block_end = min(start + length, end)
        key_end = _zero(raw, start + _HEADER.size, min(block_end, start + _HEADER.size + 2 * MAX_KEY))
        key = raw[start + _HEADER.size : key_end].decode("utf-16-le", "backslashreplace")
        yield _Block(key, min(_aligned(key_end + 2), block_end), value_length, block_end)
        start = _aligned(start + length)
    note(damaged, "version", f"at most {MAX_STRINGS} blocks", "more")


def _text(raw: bytes, entry: _Block) -> str:
    """Return a string's value up to its zero (wValueLength is characters or bytes, by compiler, so it is no help)."""
    end = _zero(raw, entry.body, entry.end)
    return raw[entry.body : end].decode("utf-16-le", "backslashreplace")


def _fixed(raw: bytes, root: _Block) -> str:
    """Return dwFileVersionMS and LS as four numbers."""
    if root.value_length < _FIXED.size or root.body + _FIXED.size > root.end:
        return ""
    signature, _, minor, major, revision, build = _FIXED.unpack_from(raw, root.body)
    return f"{major}.{minor}.{build}.{revision}" if signature == FIXED_SIGNATURE else ""


def _zero(raw: bytes, start: int, end: int) -> int:
    """Return the offset of the first UTF-16 zero at an even distance from `start`, the last whole unit without one."""
    at = raw.find(b"\0\0", start, end)
    while at >= 0 and (at - start) % 2:
        at = raw.find(b"\0\0", at + 1, end)
    return at if at >= 0 else max(start, end - (end - start) % 2)


def _aligned(offset: int) -> int:
    """Return the next multiple of four."""
    return -(-offset // 4) * 4
