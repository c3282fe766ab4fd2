"""The tables of a Windows Installer database: string pool, `_Tables`, `_Columns`, and a stream for each table.

As Wine's and libmsi's writers lay them out: column by column, numbers with their highest bit flipped, strings as
references, rows sorted by their keys' stored values.
"""

from __future__ import annotations

import string
import struct
from collections.abc import Mapping, Sequence

from msgspec import Struct

from unrig.drill.build.ole_directory import OleStream

Cell = str | int | None
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase + "._"
_LONG = 0x80000000
_KEY, _NULLABLE, _STRING, _TEXT, _VALID = 0x2000, 0x1000, 0x0800, 0x0400, 0x0100

SCHEMA: Mapping[str, tuple[str, ...]] = {
    "AppSearch": ("Property s72*", "Signature_ s72*"),
    "Binary": ("Name s72*", "Data v0"),
    "Component": (
        *("Component s72*", "ComponentId s38?", "Directory_ s72", "Attributes i2", "Condition s255?", "KeyPath s72?"),
    ),
    "CustomAction": ("Action s72*", "Type i2", "Source s72?", "Target s255?", "ExtendedType i4?"),
    "Directory": ("Directory s72*", "Directory_Parent s72?", "DefaultDir s255"),
    "Feature": ("Feature s38*", "Feature_Parent s38?", "Title s64?", "Display i2?", "Level i2", "Attributes i2"),
    "FeatureComponents": ("Feature_ s38*", "Component_ s72*"),
    "File": (
        *("File s72*", "Component_ s72", "FileName s255", "FileSize i4", "Version s72?", "Language s20?"),
        *("Attributes i2?", "Sequence i4"),
    ),
    "Icon": ("Name s72*", "Data v0"),
    "InstallExecuteSequence": ("Action s72*", "Condition s255?", "Sequence i2?"),
    "InstallUISequence": ("Action s72*", "Condition s255?", "Sequence i2?"),
    "Media": ("DiskId i2*", "LastSequence i4", "DiskPrompt s64?", "Cabinet s255?", "VolumeLabel s32?", "Source s72?"),
    "Property": ("Property s72*", "Value s0"),
    "Registry": ("Registry s72*", "Root i2", "Key s255", "Name s255?", "Value s0?", "Component_ s72"),
    "ServiceInstall": (
        *("ServiceInstall s72*", "Name s255", "DisplayName s255?", "ServiceType i4", "StartType i4", "ErrorControl i4"),
        *("StartName s255?", "Arguments s255?", "Component_ s72"),
    ),
    "Shortcut": ("Shortcut s72*", "Directory_ s72", "Name s128", "Component_ s72", "Target s72", "Arguments s255?"),
}
"""Columns as name, type and width; `*` is a key, `?` may be empty (Windows Installer SDK, leaving out columns)."""


class Pool(Struct, frozen=True, kw_only=True):
    """How strings are kept. The defaults tell the truth."""

    code_page: int = 1252
    long_references: bool = False
    """Three bytes each, as more than 65,535 strings need."""
    surplus: int = 0
    """Bytes of zeros behind the last string's own."""


class _Strings:
    """The pool while it is filled."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.numbers: dict[str, int] = {}
        self.counts: list[int] = []

    def number(self, text: str) -> int:
        """Return the number of a string and count one reference to it."""
        if text not in self.numbers:
            self.numbers[text] = len(self.numbers) + 1
            self.counts.append(0)
        self.counts[self.numbers[text] - 1] += 1
        return self.numbers[text]

    def streams(self) -> tuple[bytes, bytes]:
        """Return `_StringPool` and `_StringData`."""
        codec = "utf-8" if self.pool.code_page == 65001 else f"cp{self.pool.code_page}"
        head = self.pool.code_page | (_LONG if self.pool.long_references else 0)
        index, data = struct.pack("<I", head), b""
        for text, count in zip(self.numbers, self.counts, strict=True):
            raw = text.encode(codec)
            if len(raw) > 0xFFFF:
                index += struct.pack("<HH", 0, len(raw) >> 16)
            index += struct.pack("<HH", len(raw) & 0xFFFF, min(count, 0xFFFF))
            data += raw
        return index, data + bytes(self.pool.surplus)


def stream_name(text: str, mark: str = "") -> str:
    """Return the name under which a compound file keeps a stream; a table's has the mark U+4840 in front."""
    packed, at = mark, 0
    while at < len(text):
        first, second = _ALPHABET.find(text[at]), _ALPHABET.find(text[at + 1 : at + 2]) if at + 1 < len(text) else -1
        if first < 0:
            packed, at = packed + text[at], at + 1
        elif second < 0:
            packed, at = packed + chr(0x4800 + first), at + 1
        else:
            packed, at = packed + chr(0x3800 + first + (second << 6)), at + 2
    return packed


def table_name(text: str) -> str:
    """Return the name of the stream that holds a table."""
    return stream_name(text, "\u4840")


def database(tables: Mapping[str, Sequence[tuple[Cell, ...]]], pool: Pool) -> tuple[OleStream, ...]:
    """Return the streams of a database with these rows; a binary column's cell is 1."""
    strings = _Strings(pool)
    described = [(table, number + 1, *_column(text)) for table in tables for number, text in enumerate(SCHEMA[table])]
    streams = {
        "_Tables": _stored(strings, ("s",), [(table,) for table in tables]),
        "_Columns": _stored(strings, ("s", "i2", "s", "i2"), described),
    }
    for table, rows in tables.items():
        if rows:
            streams[table] = _stored(strings, tuple(text.split()[1] for text in SCHEMA[table]), rows)
    streams["_StringPool"], streams["_StringData"] = strings.streams()
    return tuple(OleStream(name=table_name(name), content=content) for name, content in streams.items())


def _column(text: str) -> tuple[str, int]:
    """Return a column's name and type bits, as `_Columns` holds them."""
    name, kind = text.split()
    width = int(kind.strip("siv*?"))
    bits = _VALID | width | (_KEY if "*" in kind else 0) | (_NULLABLE if "?" in kind else 0)
    if kind[0] == "s":
        bits |= _STRING | _TEXT
    if kind[0] == "v":
        bits |= _STRING
    return name, (bits | (_TEXT if kind[:2] == "i2" else 0))


def _stored(strings: _Strings, kinds: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> bytes:
    """Return a table's stream: the rows in the order of their stored cells, column by column."""
    stored = sorted(tuple(_cell(strings, kind, cell) for kind, cell in zip(kinds, row, strict=True)) for row in rows)
    raw = b""
    for index, kind in enumerate(kinds):
        size = 4 if kind[:2] == "i4" else 3 if kind[0] == "s" and strings.pool.long_references else 2
        raw += b"".join(row[index].to_bytes(size, "little") for row in stored)
    return raw


def _cell(strings: _Strings, kind: str, cell: Cell) -> int:
    if cell is None or cell == "":
        return 0
    if isinstance(cell, str):
        return strings.number(cell)
    if kind[0] == "v":
        return cell
    return (cell + (0x80000000 if kind[:2] == "i4" else 0x8000)) & (0xFFFFFFFF if kind[:2] == "i4" else 0xFFFF)
