"""Names of streams in a Windows Installer database: 62 letters and digits, `.` and `_`, packed two into one character.

Not published by Microsoft; as Wine, libmsi and 7-Zip read it: U+3800 to U+47FF are two of 64 characters, U+4800 to
U+483F one, and U+4840 in front marks the stream of a table.
"""

from __future__ import annotations

import string

from msgspec import Struct

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase + "._"
PAIR, SINGLE, TABLE = 0x3800, 0x4800, 0x4840
LONGEST = 31  # UTF-16 code units of a name in a compound file ([MS-CFB] 2.6.1)


class StreamName(Struct, frozen=True, kw_only=True):
    """The name of a stream as the database knows it."""

    text: str
    is_table: bool


def decode(name: str) -> StreamName:
    """Return what a stream is called; characters that are not packed stand for themselves."""
    is_table = name[:1] == chr(TABLE)
    return StreamName(text="".join(_unpacked(ord(char), char) for char in name[is_table:]), is_table=is_table)


def _unpacked(code: int, char: str) -> str:
    if PAIR <= code < SINGLE:
        return ALPHABET[(code - PAIR) & 0x3F] + ALPHABET[(code - PAIR) >> 6]
    if SINGLE <= code < TABLE:
        return ALPHABET[code - SINGLE]
    return char
