"""How a made-up release reaches its users: an installer database with its cabinet, an archive, or a folder.

It signs what it is handed, so nothing outside the writers may hand it anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from unrig.drill.build.archive import Shipped
from unrig.drill.build.cab import CabMethod
from unrig.drill.build.msi import MsiFile, MsiService, MsiSpec, build_msi
from unrig.drill.build.msi_signing import SignedMsiSpec, _signed_package
from unrig.drill.build.ole import OleLayout
from unrig.drill.build.payload import Kind
from unrig.drill.build.seeds import between, pick
from unrig.drill.build.signing import SigningSpec
from unrig.drill.build.zip import ZipEntry, ZipLayout, build_zip


class Packing(StrEnum):
    """What the release is on disk."""

    MSI = "msi"
    ZIP = "zip"
    FOLDER = "folder"


class Goods(Struct, frozen=True, kw_only=True):
    """What is packed, and under whose name."""

    product: str
    version: str
    maker: str
    program: str
    """Path of what the start menu shows."""
    files: Mapping[str, bytes]
    signing: SigningSpec
    service: str = ""
    """Path of a program that the installer makes a service of."""
    tag: int = 0
    """Bytes of text behind the package, as downloads branded for one customer have them."""


def packed(goods: Goods, role: str, packing: Packing, seed: int) -> Shipped:
    """Return the release on disk; `role` becomes part of its name, behind what a publisher would call it."""
    stem = f"{goods.product}-{goods.version}-{role.replace('_', '-')}"
    if packing is Packing.FOLDER:
        return Shipped(path=stem, files={f"{stem}/{path}": data for path, data in goods.files.items()}, sha256="")
    if packing is Packing.MSI:
        name, data = f"{stem}.msi", _installer(goods, seed)
    else:
        entries = tuple(ZipEntry(name=path, content=data) for path, data in goods.files.items())
        name, data = f"{stem}.zip", build_zip(entries, ZipLayout(kind=Kind.ASCII, trailing=goods.tag), seed)
    return Shipped(path=name, files={name: data}, sha256=hashlib.sha256(data).hexdigest())


def _installer(goods: Goods, seed: int) -> bytes:
    """Return the installer database: signed by the vendor more often than not, its cabinet packed one way or another."""
    services = (MsiService(name=f"{goods.product}Svc", path=goods.service),) if goods.service else ()
    package = MsiSpec(
        product=goods.product,
        version=goods.version,
        manufacturer=goods.maker,
        files=tuple(MsiFile(path=path, content=data) for path, data in goods.files.items()),
        shortcuts=(goods.program,),
        services=services,
        method=pick(seed, "cabinet", (CabMethod.STORED, CabMethod.MSZIP, CabMethod.MSZIP, CabMethod.LZX)),
    )
    layout = OleLayout(version=pick(seed, "sectors", (3, 4)), trailing=goods.tag, kind=Kind.ASCII)
    if between(seed, "package is signed", 0, 3):
        extended = between(seed, "extended signature", 0, 1) == 1
        return _signed_package(package, SignedMsiSpec(signing=goods.signing, extended=extended, layout=layout), seed)
    return build_msi(package, layout, seed)
