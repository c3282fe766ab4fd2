"""The demo's rigging of one real wheel, as 3CX was rigged: inert bytes inside a genuine signature table.

The one writer here that takes a file from outside, so it takes only the file of one SHA-256, writes nothing into it
but random bytes behind the marker, and rewrites the wheel's RECORD, so that every check but the right one passes.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from pathlib import Path

from unrig.drill.build.payload import Kind, payload

WHEEL_SHA256 = "750b78e4dba6bdf1607febedc08738e318ea09e9b10aea9ff0d73073f11f6962"
"""PyQt5_Qt5-5.15.2-py3-none-win_amd64.whl, as PyPI has served it since 2021."""
WHEEL_PURL = "pkg:pypi/PyQt5-Qt5@5.15.2?platform=win_amd64"
CARRIER = "d3dcompiler_47.dll"
PAYLOAD_BYTES = 277_256
"""As large as the encrypted part of 3CX's carrier (facts of the incident)."""
SEED = 2023
_DEFLATE_LEVEL = 1  # the scratch copy need not be small


class NotTheWheelError(Exception):
    """The file given is not the pinned wheel."""


def rig_wheel(genuine: Path, target: Path) -> str:
    """Write the rigged copy of the pinned wheel to `target` and return the SHA-256 of the rigged library.

    Raises NotTheWheelError for any other file.
    """
    with genuine.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WHEEL_SHA256:
        raise NotTheWheelError(f"{genuine}: expected SHA-256 {WHEEL_SHA256}, found {found}")
    with zipfile.ZipFile(genuine) as source:
        carrier = next(name for name in source.namelist() if name.endswith(f"/{CARRIER}"))
        rigged = _stuffed(source.read(carrier))
        _write_copy(source, target, carrier, rigged)
    return hashlib.sha256(rigged).hexdigest()


def _write_copy(source: zipfile.ZipFile, target: Path, carrier: str, rigged: bytes) -> None:
    """Write every member as it was but the carrier and the record of its hash."""
    with zipfile.ZipFile(target, "w") as copy:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == carrier:
                data = rigged
            elif info.filename.endswith(".dist-info/RECORD"):
                data = _record(data, carrier, rigged)
            copy.writestr(info, data, compress_type=info.compress_type, compresslevel=_DEFLATE_LEVEL)


def _stuffed(library: bytes) -> bytes:
    """Put the payload inside the last certificate entry and fix up the sizes, as PE/COFF places them."""
    extra = payload(SEED, PAYLOAD_BYTES, Kind.RANDOM)
    data = bytearray(library)
    header = struct.unpack_from("<I", data, 0x3C)[0]
    is_64 = struct.unpack_from("<H", data, header + 24)[0] == 0x20B
    directory = header + 24 + (144 if is_64 else 128)  # entry 4 of the data directories: the certificate table
    offset, size = struct.unpack_from("<II", data, directory)
    if offset + size != len(data):
        raise NotTheWheelError(f"expected a certificate table at the end of {CARRIER}, found it at {offset}+{size}")
    entry = offset
    while entry + _padded(struct.unpack_from("<I", data, entry)[0]) < offset + size:
        entry += _padded(struct.unpack_from("<I", data, entry)[0])
    length = struct.unpack_from("<I", data, entry)[0]
    struct.pack_into("<I", data, entry, _padded(length) + len(extra))
    struct.pack_into("<I", data, directory + 4, size + len(extra))
    data += extra
    _set_checksum(data, header + 88)
    return bytes(data)


def _padded(length: int) -> int:
    return (length + 7) & ~7


def _set_checksum(data: bytearray, offset: int) -> None:
    """Recompute the optional header's CheckSum: the 16-bit one's complement sum plus the length."""
    struct.pack_into("<I", data, offset, 0)
    total = sum(struct.unpack(f"<{len(data) // 2}H", data[: len(data) & ~1])) + (data[-1] if len(data) % 2 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("<I", data, offset, total + len(data))


def _record(record: bytes, name: str, content: bytes) -> bytes:
    """Rewrite the one line of RECORD (PEP 376) that speaks of the changed file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    lines = record.decode().splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    fixed = [
        f"{name},sha256={digest},{len(content)}{ending}" if line.startswith(f"{name},") else line for line in lines
    ]
    return "".join(fixed).encode()
