"""DER values (ITU-T X.690), written by hand so that a drill may also write what no encoder would."""

from __future__ import annotations

import datetime as dt

from asn1crypto import core

NULL = b"\x05\x00"


def value(tag: int, *parts: bytes) -> bytes:
    """Return one value with a one-byte tag, its parts joined, in the shortest length form."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE."""
    return value(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """Return a SET OF in DER's order (X.690, 11.6)."""
    return value(0x31, *sorted(parts))


def octets(content: bytes) -> bytes:
    """Return an OCTET STRING."""
    return value(0x04, content)


def integer(number: int) -> bytes:
    """Return an INTEGER of a number that is not negative."""
    return value(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    return bytes(core.ObjectIdentifier(dotted).dump())


def tagged(number: int, *parts: bytes) -> bytes:
    """Return a constructed value with context tag `number`."""
    return value(0xA0 | number, *parts)


def primitive(number: int, content: bytes) -> bytes:
    """Return a primitive value with context tag `number`."""
    return value(0x80 | number, content)


def utc_time(at: int) -> bytes:
    """Return UTCTime of Unix seconds."""
    return value(0x17, _moment(at).strftime("%y%m%d%H%M%SZ").encode())


def generalized_time(at: int) -> bytes:
    """Return GeneralizedTime of Unix seconds."""
    return value(0x18, _moment(at).strftime("%Y%m%d%H%M%SZ").encode())


def _moment(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
