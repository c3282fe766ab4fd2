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


def signature_of(data: memoryview, header: Header) -> Stretch | None:
    """Return the place that the header gives a signature; None where it gives none.

    Whatever stands there: the facts of the signature tell what is none, and what rides behind its value.
    """
    if header.reserve.length != RESERVE or header.reserve.end > len(data):
        return None
    mark, offset, size, zeros = struct.unpack_from("<3IQ", data, header.reserve.offset)
    if mark != MARK or zeros or offset < header.size or offset + size > len(data) or not size:
        return None
    return Stretch(offset=offset, length=size, what="signature")
