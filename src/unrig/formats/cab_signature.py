"""Where a signed cabinet keeps its Authenticode signature: behind its end, named in the header's reserved area.

Authenticode_CAB is not published; the layout is what osslsigncode (cab.c) and signed cabinets have: a reserved area
of 20 bytes, of which the first four are 00 00 10 00, then offset and size of a PKCS #7 value, then eight zeros.
"""

from __future__ import annotations

import struct

from unrig.formats.cab_parts import Header
from unrig.formats.zip_structure_parts import Stretch

RESERVE = 20
MARK = 0x00100000
ALIGNMENT = 8
"""Signing tools fill up to 8 bytes with zeros."""


def signature_of(data: memoryview, header: Header) -> Stretch | None:
    """Return the signature's DER value with its padding; None where the cabinet names none, or it is none.

    What stands behind the value in the space that the header gives it is not counted in: nothing reads it.
    """
    if header.reserve.length != RESERVE or header.reserve.end > len(data):
        return None
    mark, offset, size, zeros = struct.unpack_from("<3IQ", data, header.reserve.offset)
    if mark != MARK or zeros or offset < header.size or offset + size > len(data):
        return None
    length = _der_length(data[offset : offset + size])
    if not 0 < length <= size:
        return None
    rest = bytes(data[offset + length : offset + size])
    padded = len(rest) < ALIGNMENT and not rest.strip(b"\0")
    return Stretch(offset=offset, length=size if padded else length, what="signature")


def _der_length(value: memoryview) -> int:
    """Return the length of a SEQUENCE with its header (X.690 8.1.3), 0 where there is none."""
    if len(value) < 2 or value[0] != 0x30:
        return 0
    if value[1] < 0x80:
        return 2 + value[1]
    count = value[1] & 0x7F
    return 2 + count + int.from_bytes(value[2 : 2 + count], "big") if count in range(1, 5) else 0
