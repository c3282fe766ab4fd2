"""Benign bytes that installers branded per download carry: an ASCII tag of some KiB, and where it stands."""

from __future__ import annotations

from enum import StrEnum

from msgspec import structs

from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.drill.build.seeds import between
from unrig.drill.build.signing import SigningSpec

SMALLEST, LARGEST = 1 << 10, 12 << 10


class Brand(StrEnum):
    """Where the tag stands."""

    NONE = "none"
    TABLE = "table"
    """Behind the signature of the program, in its table."""
    CERTIFICATE = "certificate"
    """In a certificate no chain uses, in the program's signature."""
    PACKAGE = "package"
    """Behind the package's last byte."""


def branded(signing: SigningSpec, brand: Brand, seed: int) -> SigningSpec:
    """Return the program's signature with the tag, where the brand puts it there."""
    if brand is Brand.TABLE:
        return structs.replace(signing, table=TableSpec(padding=PayloadSpec(size=size(seed), kind=Kind.ASCII)))
    if brand is Brand.CERTIFICATE:
        return structs.replace(signing, attribution=size(seed))
    return signing


def size(seed: int) -> int:
    """Return the bytes of the tag."""
    return between(seed, "tag", SMALLEST, LARGEST)
