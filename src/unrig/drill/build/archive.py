"""How a release is shipped: a ZIP archive, a wheel, or the folder that an installer leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from unrig.drill.build.wheel import WheelSpec, build_wheel, wheel_name
from unrig.drill.build.zip import ZipEntry, build_zip


class Form(StrEnum):
    """What a release looks like on disk."""

    ZIP = "zip"
    WHEEL = "wheel"
    FOLDER = "folder"


class Shipped(Struct, frozen=True, kw_only=True):
    """A release on disk."""

    path: str
    """Of the file or folder, relative to where releases stand."""
    files: dict[str, bytes]
    """By path, likewise."""
    sha256: str
    """Of the one file; empty for a folder, which has no hash that anybody would list."""


def ship(files: Mapping[str, bytes], product: str, version: str, role: str, form: Form) -> Shipped:
    """Return the release in that form; `role` becomes part of its name, behind what a publisher would call it."""
    stem = f"{product}-{version}-win-x64-{role}"
    if form is Form.FOLDER:
        return Shipped(path=stem, files={f"{stem}/{path}": data for path, data in files.items()}, sha256="")
    if form is Form.WHEEL:
        # PEP 427: a build tag begins with a digit; it is where a wheel's name has room for the role.
        spec = WheelSpec(name=product, version=version, tag=f"1{role.replace('-', '_')}-py3-none-win_amd64")
        name, data = wheel_name(spec), build_wheel(dict(files), WheelSpec(name=product, version=version))
    else:
        entries = tuple(ZipEntry(name=path, content=data) for path, data in files.items())
        name, data = f"{stem}.zip", build_zip(entries)
    return Shipped(path=name, files={name: data}, sha256=hashlib.sha256(data).hexdigest())
