"""Bills of materials in CycloneDX JSON (ECMA-424, versions 1.4 to 1.6)."""

from __future__ import annotations

import uuid

import msgspec
from msgspec import Struct

from unrig.drill.build.seeds import stream

SPEC_VERSIONS = ("1.4", "1.5", "1.6")


class Part(Struct, frozen=True, kw_only=True):
    """One component: a file or library, or a whole package that is distributed as a file of that hash."""

    name: str
    version: str
    sha256: str = ""
    distributed: bool = False
    """The hash is that of the package, and stands at its distribution reference."""
    parts: tuple[Part, ...] = ()


class Product(Struct, frozen=True, kw_only=True):
    """What the bill is of."""

    name: str
    version: str
    parts: tuple[Part, ...]


def write(product: Product, spec_version: str, seed: int) -> bytes:
    """Return the bill of materials; the seed draws its serial number."""
    serial = uuid.UUID(bytes=stream(seed, f"sbom/{product.name}", 16), version=4)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": spec_version,
        "serialNumber": serial.urn,
        "version": 1,
        "metadata": {"component": {"type": "application", "name": product.name, "version": product.version}},
        "components": [_component(part) for part in product.parts],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _component(part: Part) -> dict[str, object]:
    component: dict[str, object] = {
        "type": "application" if part.distributed else "library",
        "name": part.name,
        "version": part.version,
    }
    hashes = [{"alg": "SHA-256", "content": part.sha256}]
    if part.distributed:
        url = f"https://downloads.invalid/{part.name}"
        component["externalReferences"] = [{"type": "distribution", "url": url, "hashes": hashes}]
    elif part.sha256:
        component["hashes"] = hashes
    if part.parts:
        component["components"] = [_component(inner) for inner in part.parts]
    return component
