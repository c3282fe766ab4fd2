"""Certificates and revocation lists as people keep them: DER, or PEM with one or many in a file (RFC 7468)."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from unrig.model.errors import FormatError, UsageError

CERTIFICATE = "CERTIFICATE"
REVOCATION_LIST = "X509 CRL"

_BEGIN = b"-----BEGIN "
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_SEQUENCE = 0x30  # X.690 8.9: both are a SEQUENCE


def read(path: Path, label: str, named_by: str) -> tuple[bytes, ...]:
    """Return the DER of all that a file holds under this label. Raises UsageError where that is nothing."""
    try:
        return der(path.read_bytes(), label, str(path))
    except OSError as error:
        raise UsageError(f"{path}: expected a {label} named by {named_by}, found: {error.strerror}.") from error
    except FormatError as error:
        raise UsageError(f"{error}. It is named by {named_by}.") from error


def der(data: bytes, label: str, where: str) -> tuple[bytes, ...]:
    """Return the DER of all that a file holds under this label. Raises FormatError where that is nothing."""
    if _BEGIN not in data:
        if data[:1] != bytes([_SEQUENCE]):
            raise FormatError(where, f"PEM or DER of a {label}", f"{data[:8]!r}")
        return (data,)
    found = tuple(_decoded(block[2], where) for block in _BLOCK.finditer(data) if block[1] == label.encode())
    if not found:
        raise FormatError(where, f"-----BEGIN {label}-----", "no such block")
    return found


def _decoded(text: bytes, where: str) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as error:
        raise FormatError(where, "base64 between BEGIN and END", str(error)) from error
