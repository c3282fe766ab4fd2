"""The attribute certificate table of a PE (PE specification, section 5.7): as signing tools write it, and not so.

Only sizes, kinds and lies can be asked for; the bytes are drawn from the seed.
"""

from __future__ import annotations

import struct
from enum import StrEnum

from msgspec import Struct

from unrig.drill.build._spc import fields
from unrig.drill.build.payload import NOTHING, PayloadSpec, fill

__all__ = ["Lie", "TableSpec"]

_ALIGNMENT = 8
_HEADER = 8
_REVISION = 0x200
_PKCS7 = 2


class Lie(StrEnum):
    """What the table's lengths and places claim against the truth."""

    NONE = "none"
    LENGTH_ZERO = "length_zero"
    LENGTH_HUGE = "length_huge"
    """dwLength of 4 GiB - 1."""
    LENGTH_UNALIGNED = "length_unaligned"
    """dwLength ends with the DER: some signers of EFI files write it so."""
    LENGTH_SHORT = "length_short"
    """dwLength ends within the DER."""
    LENGTH_BEYOND = "length_beyond"
    """dwLength ends after the table and the file."""
    DIRECTORY_BEYOND = "directory_beyond"
    """The directory's size reaches past the file's end."""
    DIRECTORY_UNALIGNED = "directory_unaligned"
    """The directory points 4 bytes before the table."""
    OVER_SECTIONS = "over_sections"
    """The directory points at the first section."""


class TableSpec(Struct, frozen=True, kw_only=True):
    """What the table holds besides the signature; every default is what signing tools write."""

    padding: PayloadSpec = NOTHING
    """Behind the DER, inside the entry."""
    entries: int = 1
    """How many entries carry the PKCS #7, the padding split evenly over them."""
    second: PayloadSpec = NOTHING
    """Content of one more entry."""
    second_type: int = 0
    """wCertificateType of that entry: 0 is not defined, 1 X.509, 3 reserved, 4 a stack signature."""
    between: PayloadSpec = NOTHING
    """Inside the directory's size, after the last entry, in no entry."""
    after: PayloadSpec = NOTHING
    """After the table's end, in the file."""
    lie: Lie = Lie.NONE


def _with_table(image: bytes, signature: bytes, spec: TableSpec, seed: int) -> bytes:
    """Return the image with its table, the security directory set; the checksum is not.

    The image's length must be a multiple of 8.
    """
    table = _entries(signature, spec, seed) + _aligned(fill(seed, "table/between", spec.between))
    table = _lie_about_length(table, len(signature), spec.lie)
    offset, size = _directory(image, len(table), spec.lie)
    at = fields(image).security
    signed = image[:at] + struct.pack("<II", offset, size) + image[at + 8 :]
    return signed + table + fill(seed, "table/after", spec.after)


def _entries(signature: bytes, spec: TableSpec, seed: int) -> bytes:
    padding = fill(seed, "table/padding", spec.padding)
    share = -(-len(padding) // spec.entries)
    parts = (padding[share * index : share * (index + 1)] for index in range(spec.entries))
    table = b"".join(_entry(signature + part, _PKCS7) for part in parts)
    if spec.second.size:
        table += _entry(fill(seed, "table/second", spec.second), spec.second_type)
    return table


def _entry(content: bytes, kind: int) -> bytes:
    """Return one WIN_CERTIFICATE; dwLength counts header and alignment, as signtool writes it."""
    body = _aligned(content)
    return struct.pack("<IHH", _HEADER + len(body), _REVISION, kind) + body


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)


def _lie_about_length(table: bytes, signature: int, lie: Lie) -> bytes:
    """Return the table with the first entry's dwLength as the lie wants it."""
    lengths = {
        Lie.LENGTH_ZERO: 0,
        Lie.LENGTH_HUGE: 0xFFFFFFFF,
        Lie.LENGTH_UNALIGNED: _HEADER + signature,
        Lie.LENGTH_SHORT: _HEADER + signature // 2,
        Lie.LENGTH_BEYOND: len(table) + 0x1000,
    }
    return struct.pack("<I", lengths[lie]) + table[4:] if lie in lengths else table


def _directory(image: bytes, table: int, lie: Lie) -> tuple[int, int]:
    """Return offset and size as the security directory shall state them."""
    offset = len(image)
    if lie is Lie.DIRECTORY_BEYOND:
        return offset, table + 0x1000
    if lie is Lie.DIRECTORY_UNALIGNED:
        return offset - 4, table + 4
    if lie is Lie.OVER_SECTIONS:
        return fields(image).headers, table
    return offset, table
