"""Bytes in a CRL that no authority issues (RFC 5280 section 5), as `x509_odd` finds them in certificates."""

from __future__ import annotations

from collections.abc import Iterator

from unrig.formats import der, x509_odd
from unrig.model.errors import FormatError, LimitError

LONGEST_ENTRY = 256  # octets: serial number, date, reason, invalidity date, issuer; usual ones have under 60
MOST_ENTRIES = 1 << 20  # more than the largest published CRLs list

EXTENSIONS = {
    "2.5.29.18": x509_odd.MIDDLE,  # issuerAltName
    "2.5.29.20": x509_odd.SMALL,  # cRLNumber
    "2.5.29.27": x509_odd.SMALL,  # deltaCRLIndicator
    "2.5.29.28": x509_odd.MIDDLE,  # issuingDistributionPoint
    "2.5.29.35": x509_odd.MIDDLE,  # authorityKeyIdentifier
    "2.5.29.46": x509_odd.MIDDLE,  # freshestCRL
    "2.5.29.60": x509_odd.SMALL,  # expiredCertsOnCRL
    "1.3.6.1.5.5.7.1.1": x509_odd.MIDDLE,  # authorityInfoAccess
    "1.3.6.1.4.1.311.21.1": x509_odd.SMALL,  # Microsoft CA version
    "1.3.6.1.4.1.311.21.4": x509_odd.SMALL,  # Microsoft next publish
    "1.3.6.1.4.1.311.21.14": x509_odd.MIDDLE,  # Microsoft published CRL locations
}
"""The longest value of each registered extension of a CRL, in octets."""


def largest_odd(encoded: bytes) -> der.Element | None:
    """Return the largest range of a CRL that is no part of one as issued, relative to its start; None where none is.

    A list whose later members cannot be read is odd as a whole.
    """
    whole = der.root(encoded)
    try:
        return max(_odd_ranges(encoded, whole), key=lambda e: e.size, default=None)
    except (FormatError, LimitError):
        return whole


def _odd_ranges(data: bytes, whole: der.Element) -> Iterator[der.Element]:
    """Yield what is too long, too many or without a place."""
    outer = der.sequence(data, whole, "CertificateList")
    tbs = outer.take(der.SEQUENCE, "tbsCertList")
    yield from _too_long(outer.take(der.SEQUENCE, "signatureAlgorithm"), x509_odd.LONGEST_PARAMETERS)
    yield from _too_long(outer.take(der.BIT_STRING, "signatureValue"), x509_odd.LONGEST_SIGNATURE)
    yield from outer.rest()
    fields = der.sequence(data, tbs, "TBSCertList")
    version = fields.optional(der.INTEGER)
    yield from _too_long(version, 1) if version else ()
    yield from _too_long(fields.take(der.SEQUENCE, "signature"), x509_odd.LONGEST_PARAMETERS)
    yield from _too_long(fields.take(der.SEQUENCE, "issuer"), x509_odd.LONGEST_NAME)
    der.time(data, fields.any("thisUpdate"))
    for tag in (der.UTC_TIME, der.GENERALIZED_TIME):
        update = fields.optional(tag)
        yield from _too_long(update, 32) if update else ()
    entries = fields.optional(der.SEQUENCE)
    yield from _odd_entries(data, entries) if entries else ()
    extensions = fields.optional(der.CONTEXT_CONSTRUCTED)
    yield from _odd_extensions(data, extensions) if extensions else ()
    yield from fields.rest()


def _too_long(element: der.Element, longest: int) -> Iterator[der.Element]:
    """Yield the element where its content is longer than that."""
    if element.size > longest:
        yield element


def _odd_entries(data: bytes, entries: der.Element) -> Iterator[der.Element]:
    """Yield the entries that are longer than any real one; raises LimitError where they are too many."""
    place = entries.body
    for _ in range(MOST_ENTRIES):
        if place == entries.end:
            return
        entry = der.read(data, place, entries.end)
        yield from _too_long(entry, LONGEST_ENTRY)
        place = entry.end
    raise LimitError(f"offset {entries.start:#x}", f"{MOST_ENTRIES} entries", "more")


def _odd_extensions(data: bytes, holder: der.Element) -> Iterator[der.Element]:
    """Yield the extensions too long for what they say they are, and all of them where unknown small ones add up."""
    listed = der.expect(der.only_child(data, holder, "crlExtensions"), der.SEQUENCE, "crlExtensions")
    seen: set[str] = set()
    unknown = 0
    for child in der.children(data, listed):
        fields = der.sequence(data, child, "Extension")
        oid = der.oid(data, fields.take(der.OID, "extnID"))
        known = oid in EXTENSIONS and oid not in seen
        seen.add(oid)
        if child.size > (EXTENSIONS[oid] if known else x509_odd.LONGEST_UNKNOWN):
            fields.optional(der.BOOLEAN)
            yield x509_odd.core(data, fields.any("extnValue"))
        elif not known:
            unknown += child.size
    if unknown > x509_odd.ALL_UNKNOWN:
        yield listed
