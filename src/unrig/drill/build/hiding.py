"""Where a carrier's payload is put: places of its signature that no verifier looks at."""

from __future__ import annotations

from enum import StrEnum

from msgspec import structs

from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.payload import PayloadSpec, fill
from unrig.drill.build.signing import SigningSpec

_HEAD = 64
"""Bytes by which a payload is found again: its marker and what was drawn behind it."""


class Hiding(StrEnum):
    """Where the carrier's payload is."""

    NONE = "none"
    PADDING = "padding"
    """Behind the PKCS #7, inside its table entry."""
    SPLIT = "split"
    """The same, over two entries."""
    SECOND_ENTRY = "second_entry"
    """In a table entry of a type that nothing defines."""
    BETWEEN = "between"
    """In the table, in no entry."""
    UNSIGNED_ATTRIBUTE = "unsigned_attribute"
    SPARE_CERTIFICATE = "spare_certificate"
    SPARE_CRL = "spare_crl"


_LABELS = {
    Hiding.PADDING: "table/padding",
    Hiding.SPLIT: "table/padding",
    Hiding.SECOND_ENTRY: "table/second",
    Hiding.BETWEEN: "table/between",
    Hiding.UNSIGNED_ATTRIBUTE: "unsigned attribute",
    Hiding.SPARE_CERTIFICATE: "certificate/Spare",
    Hiding.SPARE_CRL: "crl",
}


def hidden_in(plain: SigningSpec, place: Hiding, payload: PayloadSpec) -> SigningSpec:
    """Return the signature with the payload at its place."""
    match place:
        case Hiding.PADDING:
            return structs.replace(plain, table=TableSpec(padding=payload))
        case Hiding.SPLIT:
            return structs.replace(plain, table=TableSpec(padding=payload, entries=2))
        case Hiding.SECOND_ENTRY:
            return structs.replace(plain, table=TableSpec(second=payload))
        case Hiding.BETWEEN:
            return structs.replace(plain, table=TableSpec(between=payload))
        case Hiding.UNSIGNED_ATTRIBUTE:
            return structs.replace(plain, unsigned_attribute=payload)
        case Hiding.SPARE_CERTIFICATE:
            return structs.replace(plain, spare_certificate=payload)
        case Hiding.SPARE_CRL:
            return structs.replace(plain, spare_crl=payload)
        case Hiding.NONE:
            return plain


def offset_of(data: bytes, place: Hiding, payload: PayloadSpec, seed: int) -> int:
    """Return where in a file signed with this seed the payload begins.

    Raises:
        ValueError: it is not there.
    """
    return data.index(fill(seed, _LABELS[place], payload)[:_HEAD])
