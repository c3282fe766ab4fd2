"""The attributes of a SignerInfo as facts: unsigned ones can be added to any signature by anyone."""

from __future__ import annotations

from collections.abc import Container, Iterable

from unrig.formats import cms, der, entropy, x509_odd
from unrig.model.signature import Attribute

LONGEST = {
    cms.CONTENT_TYPE: 64,
    cms.MESSAGE_DIGEST: 128,
    cms.SIGNING_TIME: 64,
    cms.OPUS_INFO: 8192,  # a program name and an address
    "1.2.840.113549.1.9.25.4": 64,  # a number
    "1.2.840.113549.1.9.52": 256,  # cmsAlgorithmProtection, RFC 6211
    "1.2.840.113549.1.9.16.2.12": 8192,  # signingCertificate: names and hashes, RFC 5035
    "1.2.840.113549.1.9.16.2.47": 8192,
    "1.3.6.1.4.1.311.2.1.11": 256,  # SpcStatementType: a list of OIDs
    "1.3.6.1.4.1.311.2.4.2": 256,  # sealing: flags and digests
    "1.3.6.1.4.1.311.2.4.3": 8192,
    "1.3.6.1.4.1.311.2.4.4": 32768,
    "1.3.6.1.4.1.311.2.6.1": 64,  # a number
    "1.3.6.1.4.1.311.2.6.2": 64,
}
"""Octets of a whole attribute up to which it is taken for what its OID says."""


def describe(
    data: memoryview, attributes: Iterable[cms.RawAttribute], understood: Container[int], kind: str
) -> tuple[Attribute, ...]:
    """Return attributes as facts; `kind` is signed or unsigned.

    `understood` holds the offsets of the attributes whose every value was read as a signature, token or
    counter-signature; the other known ones are recognised by OID, size and that they occur once.
    """
    seen: set[str] = set()
    found: list[Attribute] = []
    for raw in attributes:
        size = raw.where.end - raw.where.start
        plain = size <= LONGEST.get(raw.oid, 0) and len(raw.values) == 1 and raw.oid not in seen
        seen.add(raw.oid)
        known, value = plain or raw.where.start in understood, _value(data, raw)
        odd = kind != "signed" and not known and value.size > 0
        found.append(
            Attribute(
                oid=raw.oid,
                name=cms.KNOWN_ATTRIBUTES.get(raw.oid, raw.oid) or "malformed",
                signed=kind == "signed",
                span=entropy.span(data, raw.where.start, size),
                nature=entropy.nature(data[value.body : value.end]),
                known=known,
                odd_bytes=entropy.measure(data, value.body, value.size) if odd else None,
            )
        )
    return tuple(found)


def _value(data: memoryview, raw: cms.RawAttribute) -> der.Element:
    """Return the octets somebody put there, without OID and wrappers, as the content of an element."""
    if not raw.values:
        return raw.where
    if len(raw.values) > 1:
        first, last = raw.values[0], raw.values[-1]
        return der.Element(tag=der.SET, start=first.start, body=first.start, end=last.end)
    return x509_odd.core(data, raw.values[0])
