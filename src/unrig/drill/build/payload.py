"""Inert payloads: bytes that mean nothing, behind a text that says so.

Every payload a drill hides is made here, from a size and a seed; nothing comes from outside. The
marker stands in front wherever the size leaves room for it. Zeros hide nothing and carry no marker.
"""

from __future__ import annotations

import base64
import struct
from enum import StrEnum

from msgspec import Struct

from unrig.drill.build.seeds import stream

MARKER = b"UNRIG-INERT-DRILL-PAYLOAD"
STUB = b"This program cannot be run in DOS mode"
LARGEST = 64 << 20
"""No drill needs more, and a slip of a unit should not fill a disk."""
_RECORD = struct.Struct("<4sIHHQ12x")
"""A made-up record: magic, number, kind, flags, value, reserved."""


class Kind(StrEnum):
    """What the payload looks like to one who counts its bytes."""

    RANDOM = "random"
    """Uniform, as encrypted or compressed data is."""
    ASCII = "ascii"
    """`key=value` text, as installers branded per download carry."""
    STRUCTURED = "structured"
    """Repeated little-endian records, as a configuration or code has them."""
    ZEROS = "zeros"
    HEX = "hex"
    """Uniform bytes written as hexadecimal digits, in one line."""
    BASE64 = "base64"
    """Uniform bytes in Base64, in lines of 76 characters (RFC 2045)."""
    SPRINKLED = "sprinkled"
    """Words, and one uniform byte in thirty: to one who counts printable characters it is text."""
    PROGRAM = "program"
    """The headers of a program without code, between zeros: what a search for embedded programs finds."""
    MASKED = "masked"
    """The same under exclusive or with one byte."""


class PayloadSpec(Struct, frozen=True, kw_only=True):
    """How much of what to hide; a size of 0 hides nothing."""

    size: int = 0
    kind: Kind = Kind.RANDOM


NOTHING = PayloadSpec()


def payload(seed: int, size: int, kind: Kind = Kind.RANDOM) -> bytes:
    """Return exactly `size` inert bytes of the given kind, drawn from the seed.

    Raises:
        ValueError: the size is negative or above `LARGEST`.
    """
    if not 0 <= size <= LARGEST:
        raise ValueError(f"a payload has 0..{LARGEST} bytes, not {size}")
    if kind is Kind.ZEROS:
        return bytes(size)
    if size < len(MARKER):
        return _body(seed, size, kind)
    return MARKER + _body(seed, size - len(MARKER), kind)


def fill(seed: int, label: str, spec: PayloadSpec) -> bytes:
    """Return the payload that `spec` asks for, drawn for `label`."""
    drawn = int.from_bytes(stream(seed, f"payload/{label}", 8))
    return payload(drawn, spec.size, spec.kind)


def _body(seed: int, size: int, kind: Kind) -> bytes:
    if kind is Kind.ASCII:
        return _ascii(seed, size)
    if kind is Kind.STRUCTURED:
        return _structured(seed, size)
    if kind is Kind.HEX:
        return stream(seed, "random", size).hex().encode()[:size]
    if kind is Kind.BASE64:
        return base64.encodebytes(stream(seed, "random", size))[:size]
    if kind is Kind.SPRINKLED:
        return _sprinkled(seed, size)
    if kind is Kind.PROGRAM:
        return _program(size)
    if kind is Kind.MASKED:
        key = 1 + stream(seed, "mask", 1)[0] % 255
        return bytes(byte ^ key for byte in _program(size))
    return stream(seed, "random", size)


def _ascii(seed: int, size: int) -> bytes:
    """Return fields of `name=16 hex digits`, as many as fit."""
    count = size // 24 + 1
    digits = stream(seed, "ascii", 8 * count).hex()
    fields = (f"&tag{index:03}={digits[16 * index : 16 * index + 16]}" for index in range(count))
    return "".join(fields).encode()[:size]


def _sprinkled(seed: int, size: int) -> bytes:
    """Return blocks of 29 characters of text and one drawn byte."""
    words = b"these words hide a byte here "
    return b"".join(words + bytes([drawn]) for drawn in stream(seed, "sprinkled", size // 30 + 1))[:size]


def _program(size: int) -> bytes:
    """Return DOS header, stub text and the headers of a program without sections (PE/COFF specification), then zeros."""
    head = bytearray(128)
    head[0:2], head[60:64], head[78:116] = b"MZ", (128).to_bytes(4, "little"), STUB
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 0, 0, 0, 0, 240, 0x2022)
    return (bytes(head) + coff + struct.pack("<H", 0x20B)).ljust(size, b"\0")[:size]


def _structured(seed: int, size: int) -> bytes:
    """Return records whose number rises, whose kind repeats and whose values are small."""
    count = size // _RECORD.size + 1
    drawn = stream(seed, "structured", count)
    records = (_RECORD.pack(b"DRIL", index, index % 7, 1 << index % 5, 64 + drawn[index]) for index in range(count))
    return b"".join(records)[:size]
