"""The Authenticode hash of a PE made here, as a blocking policy would state it."""

from __future__ import annotations

import struct

from unrig.drill.build._spc import fields, image_digest


def authenticode_sha256(signed: bytes) -> str:
    """Return the digest, in hex, that every file of the same image shares, whatever its certificate table holds."""
    table, size = struct.unpack_from("<II", signed, fields(signed).security)
    return image_digest(signed[:table] if size else signed, "sha256").hex()
