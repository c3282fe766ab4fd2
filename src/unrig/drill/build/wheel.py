"""Python wheels (PyPA binary distribution format, PEP 427) around files made elsewhere in the drill."""

from __future__ import annotations

import base64
import hashlib

from msgspec import Struct

from unrig.drill.build.zip import ZipEntry, ZipLayout, build_zip


class WheelSpec(Struct, frozen=True, kw_only=True):
    """The wheel's name and what its RECORD may hide."""

    name: str = "drill_sample"
    """As in the file name, with underscores."""
    version: str = "1.0.0"
    tag: str = "py3-none-win_amd64"
    unrecorded: tuple[str, ...] = ()
    """Paths that are left out of RECORD."""
    misrecorded: tuple[str, ...] = ()
    """Paths whose hash in RECORD is of other bytes."""


def wheel_name(spec: WheelSpec) -> str:
    """Return the wheel's file name."""
    return f"{spec.name}-{spec.version}-{spec.tag}.whl"


def build_wheel(
    files: dict[str, bytes], spec: WheelSpec | None = None, layout: ZipLayout | None = None, seed: int = 0
) -> bytes:
    """Return the wheel: the files, then METADATA, WHEEL and RECORD, as the format asks."""
    spec = spec or WheelSpec()
    info = f"{spec.name}-{spec.version}.dist-info"
    content = {**files, f"{info}/METADATA": _metadata(spec), f"{info}/WHEEL": _wheel(spec)}
    content[f"{info}/RECORD"] = _record(content, f"{info}/RECORD", spec)
    return build_zip(tuple(ZipEntry(name=path, content=data) for path, data in content.items()), layout, seed)


def _metadata(spec: WheelSpec) -> bytes:
    return (
        f"Metadata-Version: 2.1\nName: {spec.name.replace('_', '-')}\nVersion: {spec.version}\n"
        "Summary: An inert drill of unrig, no product\nHome-page: https://drill.invalid/\n"
    ).encode()


def _wheel(spec: WheelSpec) -> bytes:
    return f"Wheel-Version: 1.0\nGenerator: unrig-drill\nRoot-Is-Purelib: false\nTag: {spec.tag}\n".encode()


def _record(content: dict[str, bytes], own_path: str, spec: WheelSpec) -> bytes:
    """Return RECORD: path, urlsafe unpadded SHA-256, size; its own line has neither (PEP 427)."""
    rows = [_row(path, data, spec) for path, data in content.items() if path not in spec.unrecorded]
    return "".join([*rows, f"{own_path},,\n"]).encode()


def _row(path: str, data: bytes, spec: WheelSpec) -> str:
    hashed = data + b"?" if path in spec.misrecorded else data
    digest = base64.urlsafe_b64encode(hashlib.sha256(hashed).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}\n"
