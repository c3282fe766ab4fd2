"""X.509 certificates and CRLs as they stand in a signature (RFC 5280 section 4.1 and 5.1).

Offsets inside a certificate are relative to its first byte, so that the same certificate in a hundred
files is read once.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from msgspec import Struct

from unrig.formats import der
from unrig.formats.x509_names import USAGES, name_text
from unrig.model.errors import FormatError

LARGEST_KEPT = 16 * 1024  # bytes; the largest real certificate in 1,692 signatures has under 3 KiB
VERSION_OCTETS = 3  # INTEGER of one octet
KEPT = 1024  # parsed certificates held by one worker

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_KEY_IDENTIFIER, NAME_CONSTRAINTS = "2.5.29.14", "2.5.29.30"


class Algorithm(Struct, frozen=True, kw_only=True):
    """An AlgorithmIdentifier: the OID and the parameters as DER, empty where absent."""

    oid: str
    parameters: bytes
    where: der.Element


class Extension(Struct, frozen=True, kw_only=True):
    """One extension; `value` is the octet string, its content being the extension's own DER."""

    oid: str
    critical: bool
    value: der.Element


class Parsed(Struct, frozen=True, kw_only=True):
    """One certificate. `subject` and `issuer` are DER, as path building compares them; times in Unix seconds."""

    encoded: bytes
    sha256: str
    tbs: der.Element
    serial: int
    serial_octets: der.Element
    algorithm: Algorithm
    inner_algorithm: Algorithm
    issuer: bytes
    subject: bytes
    issuer_text: str
    subject_text: str
    names: tuple[der.Element, der.Element]
    """Issuer and subject."""
    not_before: int
    not_after: int
    spki: der.Element
    signature: der.Element
    extensions: tuple[Extension, ...]
    strays: tuple[der.Element, ...]
    """Members that the definition has no place for, and the unique identifiers that nobody issues."""

    @property
    def spki_der(self) -> bytes:
        """The public key with its algorithm."""
        return der.whole(self.encoded, self.spki)

    @property
    def spki_sha256(self) -> str:
        """Hex of the public key's hash."""
        return hashlib.sha256(self.spki_der).hexdigest()

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return self.subject == self.issuer

    def extension(self, oid: str) -> Extension | None:
        """Return the first extension with this OID."""
        return next((e for e in self.extensions if e.oid == oid), None)


def algorithm(data: der.Data, element: der.Element) -> Algorithm:
    """Return an AlgorithmIdentifier (RFC 5280 section 4.1.1.2)."""
    fields = der.sequence(data, element, "AlgorithmIdentifier")
    oid = der.oid(data, fields.take(der.OID, "an algorithm"))
    rest = fields.rest()
    return Algorithm(oid=oid, parameters=bytes(data[rest[0].start : element.end]) if rest else b"", where=element)


def parse(encoded: bytes) -> Parsed:
    """Return the certificate that fills `encoded`; identical ones are parsed once in a process.

    Raises FormatError where it is no certificate.
    """
    return _parse_kept(encoded) if len(encoded) <= LARGEST_KEPT else _parse(encoded)


def _parse(encoded: bytes) -> Parsed:
    """Read Certificate and TBSCertificate."""
    outer = der.root(encoded)
    fields = der.sequence(encoded, outer, "Certificate")
    tbs = fields.take(der.SEQUENCE, "TBSCertificate")
    signed_with = algorithm(encoded, fields.take(der.SEQUENCE, "signatureAlgorithm"))
    signature = fields.take(der.BIT_STRING, "signatureValue")
    strays = [*fields.rest()]
    if outer.end < len(encoded):
        raise FormatError(f"offset {outer.end}", "the end of the certificate", f"{len(encoded) - outer.end} bytes")
    inner = der.sequence(encoded, tbs, "TBSCertificate")
    version = inner.optional(der.CONTEXT_CONSTRUCTED)
    serial = inner.take(der.INTEGER, "serialNumber")
    inner_algorithm = algorithm(encoded, inner.take(der.SEQUENCE, "signature"))
    issuer = inner.take(der.SEQUENCE, "issuer")
    validity = der.sequence(encoded, inner.take(der.SEQUENCE, "validity"), "Validity")
    subject = inner.take(der.SEQUENCE, "subject")
    spki = inner.take(der.SEQUENCE, "subjectPublicKeyInfo")
    strays += [e for number in (1, 2) for e in _unique_identifier(inner, number)]
    extensions = inner.optional(der.CONTEXT_CONSTRUCTED + 3)
    not_before, not_after = validity.any("notBefore"), validity.any("notAfter")
    strays += (*inner.rest(), *validity.rest(), *([version] if version and version.size > VERSION_OCTETS else []))
    return Parsed(
        encoded=encoded,
        sha256=hashlib.sha256(encoded).hexdigest(),
        tbs=tbs,
        serial=der.integer(encoded, serial),
        serial_octets=serial,
        algorithm=signed_with,
        inner_algorithm=inner_algorithm,
        issuer=der.whole(encoded, issuer),
        subject=der.whole(encoded, subject),
        issuer_text=name_text(encoded, issuer),
        subject_text=name_text(encoded, subject),
        names=(issuer, subject),
        not_before=der.time(encoded, not_before),
        not_after=der.time(encoded, not_after),
        spki=spki,
        signature=signature,
        extensions=_extensions(encoded, extensions) if extensions else (),
        strays=tuple(strays),
    )


_parse_kept = lru_cache(maxsize=KEPT)(_parse)


def _unique_identifier(fields: der.Fields, number: int) -> list[der.Element]:
    """Read issuerUniqueID or subjectUniqueID, which RFC 5280 section 4.1.2.8 forbids CAs to issue."""
    found = fields.optional(der.CONTEXT + number) or fields.optional(der.CONTEXT_CONSTRUCTED + number)
    return [found] if found else []


def _extensions(data: bytes, element: der.Element) -> tuple[Extension, ...]:
    """Extensions (RFC 5280 section 4.2)."""
    listed = der.expect(der.only_child(data, element, "Extensions"), der.SEQUENCE, "Extensions")
    return tuple(_extension(data, child) for child in der.children(data, listed))


def _extension(data: bytes, element: der.Element) -> Extension:
    """One Extension."""
    fields = der.sequence(data, element, "Extension")
    oid = der.oid(data, fields.take(der.OID, "extnID"))
    critical = fields.optional(der.BOOLEAN)
    value = fields.take(der.OCTET_STRING, "extnValue")
    if fields.rest() or (critical and critical.size != 1):
        raise FormatError(f"offset {element.start:#x}", "an Extension", "more than OID, criticality and value")
    return Extension(oid=oid, critical=critical is not None and any(der.content(data, critical)), value=value)


def subject_of(encoded: bytes) -> bytes:
    """Return the subject of a certificate as DER without reading the rest: what an index of roots needs.

    Raises FormatError where it is no certificate.
    """
    tbs = der.sequence(encoded, der.root(encoded), "Certificate").take(der.SEQUENCE, "TBSCertificate")
    version = der.read(encoded, tbs.body, tbs.end)
    offset = version.end if version.tag == der.CONTEXT_CONSTRUCTED else tbs.body
    for _ in ("serialNumber", "signature", "issuer", "validity"):
        offset = der.read(encoded, offset, tbs.end).end
    return der.whole(encoded, der.expect(der.read(encoded, offset, tbs.end), der.SEQUENCE, "subject"))


def usages(certificate: Parsed) -> tuple[str, ...]:
    """Return the extended key usages by name or OID, in order; empty where the extension is absent.

    Raises FormatError where the extension is no sequence of OIDs.
    """
    extension = certificate.extension(EXTENDED_KEY_USAGE)
    if extension is None:
        return ()
    listed = der.expect(
        der.only_child(certificate.encoded, extension.value, "ExtKeyUsage"), der.SEQUENCE, "ExtKeyUsage"
    )
    oids = (der.oid(certificate.encoded, child) for child in der.children(certificate.encoded, listed))
    return tuple(USAGES.get(oid, oid) for oid in oids)


class Authority(Struct, frozen=True, kw_only=True):
    """What basicConstraints and keyUsage let a certificate issue (RFC 5280 sections 4.2.1.9 and 4.2.1.3)."""

    is_ca: bool
    longest_path: int | None
    signs_certificates: bool
    signs_lists: bool
    """Both true also where there is no keyUsage."""


def authority(certificate: Parsed) -> Authority:
    """Return what this certificate may issue; raises FormatError where its extensions are malformed."""
    constraints, usage = certificate.extension(BASIC_CONSTRAINTS), certificate.extension(KEY_USAGE)
    is_ca, longest = False, None
    if constraints:
        fields = der.sequence(
            certificate.encoded,
            der.only_child(certificate.encoded, constraints.value, "BasicConstraints"),
            "BasicConstraints",
        )
        flag = fields.optional(der.BOOLEAN)
        is_ca = flag is not None and any(der.content(certificate.encoded, flag))
        depth = fields.optional(der.INTEGER)
        longest = der.integer(certificate.encoded, depth) if depth else None
    bits = b"\xff"
    if usage:
        bits = der.bit_string(certificate.encoded, der.only_child(certificate.encoded, usage.value, "KeyUsage"))
    # RFC 5280 section 4.2.1.3: keyCertSign is bit 5 and cRLSign bit 6, counted from the most significant one
    first = bits[0] if bits else 0
    return Authority(
        is_ca=is_ca, longest_path=longest, signs_certificates=bool(first & 0x04), signs_lists=bool(first & 0x02)
    )


class ParsedList(Struct, frozen=True, kw_only=True):
    """A CRL without its entries: who issued it and what was signed."""

    issuer: bytes
    issuer_text: str
    tbs: bytes
    algorithm: Algorithm
    signature: bytes


def parse_list(encoded: bytes) -> ParsedList:
    """Return the head of a CRL (RFC 5280 section 5.1); raises FormatError where it is none."""
    fields = der.sequence(encoded, der.root(encoded), "CertificateList")
    tbs = fields.take(der.SEQUENCE, "tbsCertList")
    signed_with = algorithm(encoded, fields.take(der.SEQUENCE, "signatureAlgorithm"))
    signature = der.bit_string(encoded, fields.take(der.BIT_STRING, "signatureValue"))
    inner = der.sequence(encoded, tbs, "TBSCertList")
    inner.optional(der.INTEGER)
    inner.take(der.SEQUENCE, "signature")
    issuer = inner.take(der.SEQUENCE, "issuer")
    return ParsedList(
        issuer=der.whole(encoded, issuer),
        issuer_text=name_text(encoded, issuer),
        tbs=der.whole(encoded, tbs),
        algorithm=signed_with,
        signature=signature,
    )
