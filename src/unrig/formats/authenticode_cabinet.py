"""The Authenticode signature of a cabinet as that of a program: the place in its header is its certificate table.

The digest is not published by Microsoft; as osslsigncode (cab.c) computes it, which Windows accepts: the header without
its reserved fields, its number in a set and the sizes and place of the signature; then all that follows, up to the
signature.
"""

from __future__ import annotations

import hashlib

from unrig.formats import authenticode, cab_signature, certificate_table, der, entropy
from unrig.formats.cab_parts import read_header
from unrig.formats.zip_structure_parts import Stretch
from unrig.model.errors import FormatError
from unrig.model.signature import SignatureFacts, TableEntry

_CHUNK = 1 << 20
_SIGNED = (slice(0, 4), slice(8, 34), slice(56, 60))
"""Of the header: signature; size, offset, version, counts, flags, set; the last four bytes of the reserved area."""
_REST = 60


def read(data: memoryview) -> SignatureFacts:
    """Return the signature of a cabinet; an unsigned one says nothing (its hash would change with the place for one).

    Raises FormatError where there is no header.
    """
    header = read_header(data)
    place = cab_signature.signature_of(data, header)
    if place is None:
        return SignatureFacts()
    return authenticode.facts(
        authenticode.Signed(
            data=data,
            offset=place.offset,
            size=place.length,
            table=_table(data, place),
            hash=lambda algorithm: image_hash(data, place.offset, algorithm),
        )
    )


def image_hash(data: memoryview, signature: int, algorithm: str) -> str:
    """Return the digest of a cabinet whose signature starts there."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for part in _SIGNED:
        digest.update(data[part])
    for start in range(_REST, signature, _CHUNK):
        digest.update(data[start : min(start + _CHUNK, signature)])
    return digest.hexdigest()


def _table(data: memoryview, place: Stretch) -> certificate_table.Table:
    """Return the place of the signature as a table of one entry without a header."""
    value, damage = None, ""
    try:
        value = der.expect(der.read(data, place.offset, place.end), der.SEQUENCE, "a SEQUENCE")
    except FormatError as error:
        damage = str(error)
    end = value.end if value else place.offset
    entry = TableEntry(
        index=0,
        offset=place.offset,
        declared_length=place.length,
        revision=certificate_table.REVISIONS[-1],
        type=certificate_table.SIGNED_DATA_TYPE,
        der_length=end - place.offset,
        unexplained=entropy.measure(data, end, place.end - end) if end < place.end else None,
        damage=damage,
    )
    return certificate_table.Table(
        entries=(entry,),
        values={0: value} if value else {},
        damaged=(f"signature at {place.offset:#x}: {damage}",) if damage else (),
    )
