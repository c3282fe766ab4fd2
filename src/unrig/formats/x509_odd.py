"""Bytes in a certificate that no authority issues: where a certificate nobody verifies can hold a payload.

A certificate that no chain passes through is checked by nobody, so its every field can be anything. What
is odd is told by structure alone: the field's length against what the standard allows it to hold. What
the odd bytes look like (text of an attribution tag, or uniform as an encrypted payload is) is for rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.formats import der, x509
from unrig.model.errors import FormatError, LimitError

LONGEST_NAME = 2048  # RFC 5280 appendix A.1 bounds an attribute at 64 to 200 characters; names have under 10
LONGEST_SERIAL = 32  # RFC 5280 section 4.1.2.2: 20 octets, with room for authorities that do not conform
LONGEST_PARAMETERS = 128  # RSASSA-PSS parameters have 52, a DSA key's stand in the SubjectPublicKeyInfo
LONGEST_UNKNOWN = 256  # an unregistered extension: an enumeration, a name, a key identifier
ALL_UNKNOWN = 4 * LONGEST_UNKNOWN

SMALL, MIDDLE, LARGE = 128, 2048, 4096

EXTENSIONS = {
    "2.5.29.9": MIDDLE,  # subjectDirectoryAttributes
    "2.5.29.14": SMALL,  # subjectKeyIdentifier
    "2.5.29.15": SMALL,  # keyUsage
    "2.5.29.16": SMALL,  # privateKeyUsagePeriod
    "2.5.29.17": MIDDLE,  # subjectAltName
    "2.5.29.18": MIDDLE,  # issuerAltName
    "2.5.29.19": SMALL,  # basicConstraints
    "2.5.29.30": MIDDLE,  # nameConstraints
    "2.5.29.31": MIDDLE,  # cRLDistributionPoints
    "2.5.29.32": LARGE,  # certificatePolicies, with its user notice
    "2.5.29.33": MIDDLE,  # policyMappings
    "2.5.29.35": MIDDLE,  # authorityKeyIdentifier
    "2.5.29.36": SMALL,  # policyConstraints
    "2.5.29.37": MIDDLE,  # extKeyUsage
    "2.5.29.54": SMALL,  # inhibitAnyPolicy
    "2.5.29.1": MIDDLE,  # authorityKeyIdentifier of 1993, Microsoft's roots
    "2.5.29.3": MIDDLE,  # certificatePolicies of 1993
    "2.5.29.4": SMALL,  # keyUsageRestriction of 1993
    "2.5.29.10": SMALL,  # basicConstraints of 1993
    "1.3.6.1.5.5.7.1.1": MIDDLE,  # authorityInfoAccess
    "1.3.6.1.5.5.7.1.3": MIDDLE,  # qcStatements
    "1.3.6.1.5.5.7.1.12": LARGE,  # logotype
    "1.3.6.1.4.1.11129.2.4.2": LARGE,  # signed certificate time stamps
    "2.16.840.1.113730.1.1": SMALL,  # Netscape certificate type
    "2.16.840.1.113730.1.13": MIDDLE,  # Netscape comment
    "1.3.6.1.4.1.311.20.2": SMALL,  # Microsoft certificate template name
    "1.3.6.1.4.1.311.21.7": SMALL,  # Microsoft certificate template
    "1.3.6.1.4.1.311.21.10": MIDDLE,  # Microsoft application policies
    "1.3.6.1.4.1.311.2.1.10": MIDDLE,  # SPC_SP_AGENCY_INFO
}
"""The longest value of each registered extension that is taken for what its name says, in octets."""

KEYS = {
    "1.2.840.113549.1.1.1": 2112,  # RSA of 16,384 bits
    "1.2.840.113549.1.1.10": 2112,  # the same with RSASSA-PSS
    "1.2.840.10045.2.1": 512,  # a curve by name or by its explicit parameters
    "1.2.840.10040.4.1": 1280,  # DSA of 3,072 bits with its parameters
    "2.16.840.1.101.3.4.3.17": 1400,  # ML-DSA-44 (FIPS 204, table 2)
    "2.16.840.1.101.3.4.3.18": 2048,  # ML-DSA-65
    "2.16.840.1.101.3.4.3.19": 2700,  # ML-DSA-87
}
"""The longest SubjectPublicKeyInfo of each key algorithm, in octets."""
LONGEST_KEY = 512  # any other key: Ed25519, SLH-DSA (64 octets)

ML_DSA = "2.16.840.1.101.3.4.3."
LONGEST_SIGNATURE = 2056  # octets: RSA of 16,384 bits
LONGEST_LATTICE_SIGNATURE = 49_860  # SLH-DSA-256f (FIPS 205, table 2); ML-DSA-87 has 4,627


def odd_ranges(certificate: x509.Parsed) -> Iterator[der.Element]:
    """Yield every range of a certificate that is no part of X.509 as issued, offsets being relative to its start."""
    yield from certificate.strays
    yield from (e for e in certificate.names if e.size > LONGEST_NAME)
    if certificate.serial_octets.size > LONGEST_SERIAL:
        yield certificate.serial_octets
    for algorithm in (certificate.algorithm, certificate.inner_algorithm):
        if len(algorithm.parameters) > LONGEST_PARAMETERS:
            yield algorithm.where
    yield from _odd_extensions(certificate)
    if certificate.spki.size > KEYS.get(_key_algorithm(certificate), LONGEST_KEY):
        yield certificate.spki
    lattice = certificate.algorithm.oid.startswith(ML_DSA)
    if certificate.signature.size > (LONGEST_LATTICE_SIGNATURE if lattice else LONGEST_SIGNATURE):
        yield certificate.signature


def _odd_extensions(certificate: x509.Parsed) -> Iterator[der.Element]:
    """Yield extensions too long for what they say they are, and all of them where many small ones add up.

    RFC 5280 section 4.2 forbids to repeat an extension, so a repeated one counts as unknown.
    """
    seen: set[str] = set()
    unknown = 0
    for extension in certificate.extensions:
        known = extension.oid in EXTENSIONS and extension.oid not in seen
        seen.add(extension.oid)
        if extension.value.size > (EXTENSIONS[extension.oid] if known else LONGEST_UNKNOWN):
            yield core(certificate.encoded, extension.value)
        elif not known:
            unknown += extension.value.size
    if unknown > ALL_UNKNOWN:
        first, last = certificate.extensions[0].value, certificate.extensions[-1].value
        yield der.Element(tag=der.SEQUENCE, start=first.start, body=first.start, end=last.end)


def largest_odd(certificate: x509.Parsed) -> der.Element | None:
    """Return the largest of these ranges."""
    return max(odd_ranges(certificate), key=lambda e: e.size, default=None)


def _key_algorithm(certificate: x509.Parsed) -> str:
    """OID of the public key's algorithm; empty where it cannot be read."""
    try:
        fields = der.sequence(certificate.encoded, certificate.spki, "SubjectPublicKeyInfo")
        return x509.algorithm(certificate.encoded, fields.take(der.SEQUENCE, "algorithm")).oid
    except (FormatError, LimitError):
        return ""


WRAPPERS = (der.SEQUENCE, der.SET, der.OCTET_STRING, der.CONTEXT_CONSTRUCTED)


def core(data: der.Data, element: der.Element) -> der.Element:
    """Return what stands inside wrappers of one value each: the bytes somebody put there, without DER's headers."""
    for _ in range(16):
        if element.tag not in WRAPPERS:
            return element
        try:
            inner = der.only_child(data, element, "content")
        except (FormatError, LimitError):
            return element
        element = inner
    return element
