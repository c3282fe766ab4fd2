"""Artifacts kept with a case, encoded so that nothing there runs, opens or trips a scanner by mistake.

An encoded artifact is one line of ASCII that says what it is, then Base85 (RFC 1924 alphabet, as Python's
`base64.b85encode`) of the zlib stream (RFC 1950) of the bytes, 76 characters a line, and a last newline:

    unrig-artifact 1 zlib+base85 sha256=<64 hex> size=<bytes>

It begins with none of the magic numbers that a loader knows, has no execute permission, and its name is the
SHA-256 of the bytes it stands for, so it says itself whether it was altered.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from pathlib import Path

from unrig.model.errors import FormatError, LimitError
from unrig.store import durable

MAX_ARTIFACT_BYTES = 512 << 20
"""Of one artifact, unpacked: above every file of the measured releases (the largest is 117 MB)."""

_HEADER = re.compile(rb"unrig-artifact 1 zlib\+base85 sha256=([0-9a-f]{64}) size=([0-9]{1,12})\n")
_WIDTH = 76
_PIECE = 1 << 20
"""Bytes encoded at a time, a multiple of Base85's four: Python's encoder takes some forty times the memory of a piece."""


def encode(data: bytes) -> bytes:
    """Return the inert form of an artifact's bytes; `decode` gives them back."""
    packed = zlib.compress(data, 6)
    text = b"".join(base64.b85encode(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
    lines = (text[at : at + _WIDTH] + b"\n" for at in range(0, len(text), _WIDTH))
    digest = hashlib.sha256(data).hexdigest()
    return b"unrig-artifact 1 zlib+base85 sha256=%b size=%d\n" % (digest.encode(), len(data)) + b"".join(lines)


def decode(encoded: bytes) -> bytes:
    """Return the bytes an inert form stands for.

    Raises FormatError where it is not one or was altered, LimitError where it claims more than MAX_ARTIFACT_BYTES.
    """
    header = _HEADER.match(encoded)
    if header is None:
        raise FormatError("offset 0", "an unrig-artifact 1 line", encoded[:40].hex())
    size = int(header[2])
    if size > MAX_ARTIFACT_BYTES:
        raise LimitError("offset 0", f"{MAX_ARTIFACT_BYTES} bytes", f"{size} bytes")
    data = _inflate(_unlined(encoded[header.end() :]), size)
    if hashlib.sha256(data).hexdigest().encode() != header[1]:
        raise FormatError("the encoded bytes", f"SHA-256 {header[1].decode()}", "other bytes")
    return data


def put(folder: Path, data: bytes) -> Path:
    """Keep an artifact in `folder` under its SHA-256; keeping the same one again changes nothing."""
    path = folder / hashlib.sha256(data).hexdigest()
    if not path.exists():
        durable.write_whole(path, encode(data))
    return path


def get(folder: Path, sha256: str) -> bytes:
    """Return a kept artifact's bytes; raises FormatError where they were altered, FileNotFoundError where none is."""
    data = decode(durable.read_whole(folder / sha256, 2 * MAX_ARTIFACT_BYTES))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise FormatError(f"artifacts/{sha256}", f"SHA-256 {sha256}", "another artifact")
    return data


def _unlined(body: bytes) -> bytes:
    text, step = body.replace(b"\n", b""), _PIECE // 4 * 5
    try:
        return b"".join(base64.b85decode(text[at : at + step]) for at in range(0, len(text), step))
    except ValueError as error:
        raise FormatError("the encoded bytes", "Base85", str(error)) from None


def _inflate(packed: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise FormatError("the encoded bytes", "a zlib stream", str(error)) from None
    if len(data) != size or not inflater.eof or inflater.unused_data:
        raise FormatError("the encoded bytes", f"{size} bytes", f"{len(data)} or more")
    return data
