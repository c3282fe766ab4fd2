"""Signed data: PKCS #7 1.5 as Authenticode uses it (RFC 2315 section 9) and CMS as time stamps do (RFC 5652 section 5).

What the grammar has no place for is not dropped: it is a *stray*, since anything that no signature
covers can carry a payload.
"""

from __future__ import annotations

from msgspec import Struct

from unrig.formats import der, x509
from unrig.model.errors import FormatError, LimitError

SIGNED_DATA = "1.2.840.113549.1.7.2"
MOST_SIGNERS = 16  # Authenticode_PE section "SignedData" allows one
LARGEST_ATTRIBUTE_CERTIFICATE = 2048  # octets; those in Microsoft's time stamps have up to 944
MOST_ATTRIBUTE_CERTIFICATES = 2  # Microsoft's time stamps carry one
LARGEST_PARAMETERS = 64  # octets of algorithm parameters; RSASSA-PSS with SHA-512 has 52
DIGEST_ARCS = ("1.2.840.113549.2.", "1.2.840.113549.1.1.", "1.3.14.3.2.", "2.16.840.1.101.3.4.2.")
"""RSA's digests and signature algorithms (some signers name these here), OIW's SHA-1, NIST's digests."""

KNOWN_ATTRIBUTES = {
    "1.2.840.113549.1.9.3": "contentType",
    "1.2.840.113549.1.9.4": "messageDigest",
    "1.2.840.113549.1.9.5": "signingTime",
    "1.2.840.113549.1.9.6": "counterSignature",
    "1.2.840.113549.1.9.25.4": "sequenceNumber",
    "1.2.840.113549.1.9.52": "cmsAlgorithmProtection",
    "1.2.840.113549.1.9.16.2.12": "signingCertificate",
    "1.2.840.113549.1.9.16.2.14": "timeStampToken",
    "1.2.840.113549.1.9.16.2.47": "signingCertificateV2",
    "1.3.6.1.4.1.311.2.1.11": "SPC_STATEMENT_TYPE",
    "1.3.6.1.4.1.311.2.1.12": "SPC_SP_OPUS_INFO",
    "1.3.6.1.4.1.311.2.4.1": "SPC_NESTED_SIGNATURE",
    "1.3.6.1.4.1.311.2.4.2": "INTENT_TO_SEAL",
    "1.3.6.1.4.1.311.2.4.3": "SEALING_SIGNATURE",
    "1.3.6.1.4.1.311.2.4.4": "SEALING_TIMESTAMP",
    "1.3.6.1.4.1.311.2.6.1": "SPC_RELAXED_PE_MARKER_CHECK",
    "1.3.6.1.4.1.311.2.6.2": "SPC_ENCRYPTED_DIGEST_RETRY_COUNT",
    "1.3.6.1.4.1.311.3.3.1": "RFC3161_COUNTER_SIGNATURE",
}
"""Attributes that Authenticode (wintrust.h), PKCS #9, RFC 3161 and RFC 5035 define for signatures and tokens."""

CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME, LEGACY_COUNTER_SIGNATURE = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.6"
NESTED, OPUS_INFO, RFC3161_TOKEN = "1.3.6.1.4.1.311.2.4.1", "1.3.6.1.4.1.311.2.1.12", "1.3.6.1.4.1.311.3.3.1"
TOKEN_ATTRIBUTE = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 - an OID, RFC 3161 appendix A


class RawAttribute(Struct, frozen=True, kw_only=True):
    """One attribute: its OID, the whole of it, and its values."""

    oid: str
    where: der.Element
    values: tuple[der.Element, ...]


class Stray(Struct, frozen=True, kw_only=True):
    """An element that the grammar has no place for, and where it was met."""

    what: str
    where: der.Element


class SignerInfo(Struct, frozen=True, kw_only=True):
    """One signer (RFC 5652 section 5.3)."""

    where: der.Element
    issuer: bytes
    """The signer certificate's issuer as DER; empty where it is named by key identifier."""
    serial: int
    key_identifier: bytes
    digest: x509.Algorithm
    algorithm: x509.Algorithm
    signature: bytes
    signed: tuple[RawAttribute, ...]
    unsigned: tuple[RawAttribute, ...]
    signed_der: bytes
    """The signed attributes as the SET that is signed (section 5.4); empty where there are none."""
    strays: tuple[Stray, ...]


class SignedData(Struct, frozen=True, kw_only=True):
    """One SignedData (RFC 5652 section 5.1), its members as elements of the file."""

    where: der.Element
    """The ContentInfo."""
    content_type: str
    content: der.Element | None
    """The value whose content octets are digested; None where the content is detached."""
    certificates: tuple[der.Element, ...]
    lists: tuple[der.Element, ...]
    signers: tuple[SignerInfo, ...]
    strays: tuple[Stray, ...]


def signed_data(data: der.Data, element: der.Element) -> SignedData:
    """Return the SignedData inside a ContentInfo.

    Raises FormatError or LimitError where the frame (version, content, signers) cannot be read.
    """
    outer = der.sequence(data, element, "ContentInfo")
    kind = der.oid(data, outer.take(der.OID, "contentType"))
    if kind != SIGNED_DATA:
        raise FormatError(f"offset {element.start:#x}", f"signedData ({SIGNED_DATA})", kind)
    body = der.only_child(data, outer.take(der.CONTEXT_CONSTRUCTED, "content"), "SignedData")
    fields = der.sequence(data, body, "SignedData")
    version = fields.take(der.INTEGER, "version")
    digests = fields.take(der.SET, "digestAlgorithms")
    info = fields.take(der.SEQUENCE, "contentInfo")
    certificates = fields.optional(der.CONTEXT_CONSTRUCTED)
    lists = fields.optional(der.CONTEXT_CONSTRUCTED + 1)
    signers = der.children(data, fields.take(der.SET, "signerInfos"))
    strays = [*_strays("ContentInfo", outer.rest()), *_strays("SignedData", fields.rest())]
    strays += _strays("version", (version,) if version.size > 1 else ()) + _digest_strays(data, digests)
    content_type, content = _content(data, info, strays)
    return SignedData(
        where=element,
        content_type=content_type,
        content=content,
        certificates=_of_sequence(data, certificates, "certificates", strays),
        lists=_of_sequence(data, lists, "crls", strays),
        signers=tuple(signer_info(data, s) for s in signers[:MOST_SIGNERS]),
        strays=tuple(strays + _strays("signerInfos", tuple(signers[MOST_SIGNERS:]))),
    )


def _strays(what: str, elements: tuple[der.Element, ...]) -> list[Stray]:
    """Name the elements that had no place."""
    return [Stray(what=what, where=e) for e in elements]


def _digest_strays(data: der.Data, digests: der.Element) -> list[Stray]:
    """Find digestAlgorithms that are no digest, stand twice or carry more than one has to say."""
    found: list[Stray] = []
    seen: set[str] = set()
    for child in der.children(data, digests):
        try:
            algorithm = x509.algorithm(data, child)
        except FormatError:
            found.append(Stray(what="digestAlgorithms", where=child))
            continue
        if algorithm.oid in seen or not algorithm.oid.startswith(DIGEST_ARCS):
            found.append(Stray(what="digestAlgorithms", where=child))
        else:
            found += algorithm_strays(algorithm, "digestAlgorithms")
        seen.add(algorithm.oid)
    return found


def algorithm_strays(algorithm: x509.Algorithm, what: str) -> list[Stray]:
    """Return the algorithm as a stray where its parameters are longer than any of a signature algorithm."""
    if len(algorithm.parameters) <= LARGEST_PARAMETERS:
        return []
    return [Stray(what=f"{what}: parameters", where=algorithm.where)]


def _content(data: der.Data, info: der.Element, strays: list[Stray]) -> tuple[str, der.Element | None]:
    """Read contentInfo (RFC 2315: any value; RFC 5652: an OCTET STRING): its type and the value inside."""
    fields = der.sequence(data, info, "contentInfo")
    kind = der.oid(data, fields.take(der.OID, "eContentType"))
    holder = fields.optional(der.CONTEXT_CONSTRUCTED)
    strays += _strays("contentInfo", fields.rest())
    if holder is None:
        return kind, None
    values = der.children(data, holder)
    strays += _strays("content", tuple(values[1:]))
    return kind, values[0] if values else None


def _of_sequence(data: der.Data, holder: der.Element | None, what: str, strays: list[Stray]) -> tuple[der.Element, ...]:
    """Return the members that are plain certificates or CRLs; other choices (RFC 5652 section 10.2) are strays.

    Microsoft's time-stamp tokens carry one small attribute certificate: that is none.
    """
    members = der.children(data, holder) if holder else []
    others = [m for m in members if m.tag != der.SEQUENCE]
    attested = [m for m in others if _is_attribute_certificate(data, m)][:MOST_ATTRIBUTE_CERTIFICATES]
    strays += _strays(what, tuple(m for m in others if m not in attested))
    return tuple(m for m in members if m.tag == der.SEQUENCE)


def _is_attribute_certificate(data: der.Data, element: der.Element) -> bool:
    """Tell whether this is a v1AttrCert or v2AttrCert of usual size, by its frame."""
    if element.tag - der.CONTEXT_CONSTRUCTED not in (1, 2) or element.size > LARGEST_ATTRIBUTE_CERTIFICATE:
        return False
    try:
        fields = der.Fields(data, element, "AttributeCertificate")
        fields.take(der.SEQUENCE, "acinfo")
        x509.algorithm(data, fields.take(der.SEQUENCE, "signatureAlgorithm"))
        der.bit_string(data, fields.take(der.BIT_STRING, "signature"))
    except (FormatError, LimitError):
        return False
    return not fields.rest()


def signer_info(data: der.Data, element: der.Element) -> SignerInfo:
    """Return one SignerInfo; raises FormatError where it is none."""
    fields = der.sequence(data, element, "SignerInfo")
    version = fields.take(der.INTEGER, "version")
    identifier = fields.any("sid")
    digest = x509.algorithm(data, fields.take(der.SEQUENCE, "digestAlgorithm"))
    signed = fields.optional(der.CONTEXT_CONSTRUCTED)
    algorithm = x509.algorithm(data, fields.take(der.SEQUENCE, "signatureAlgorithm"))
    signature = fields.take(der.OCTET_STRING, "signature")
    unsigned = fields.optional(der.CONTEXT_CONSTRUCTED + 1)
    strays = _strays("SignerInfo", fields.rest())
    strays += algorithm_strays(digest, "SignerInfo digestAlgorithm")
    strays += algorithm_strays(algorithm, "SignerInfo signatureAlgorithm")
    strays += _strays("SignerInfo version", (version,) if version.size > 1 else ())
    by_name = identifier.tag == der.SEQUENCE
    name, serial = _issuer_and_serial(data, identifier, strays) if by_name else (b"", 0)
    return SignerInfo(
        where=element,
        issuer=name,
        serial=serial,
        key_identifier=b"" if by_name else der.content(data, identifier),
        digest=digest,
        algorithm=algorithm,
        signature=der.content(data, signature),
        signed=_attributes(data, signed),
        unsigned=_attributes(data, unsigned),
        # RFC 5652 section 5.4: the tag that is signed is that of SET OF, not the implicit [0]
        signed_der=b"\x31" + der.whole(data, signed)[1:] if signed else b"",
        strays=tuple(strays),
    )


def _issuer_and_serial(data: der.Data, element: der.Element, strays: list[Stray]) -> tuple[bytes, int]:
    """IssuerAndSerialNumber (RFC 5652 section 10.2.4)."""
    fields = der.sequence(data, element, "IssuerAndSerialNumber")
    name = fields.take(der.SEQUENCE, "issuer")
    serial = der.integer(data, fields.take(der.INTEGER, "serialNumber"))
    strays += _strays("IssuerAndSerialNumber", fields.rest())
    return der.whole(data, name), serial


def _attributes(data: der.Data, holder: der.Element | None) -> tuple[RawAttribute, ...]:
    """Attributes of a SignerInfo; one that is malformed has the empty OID and no values."""
    return tuple(_attribute(data, child) for child in der.children(data, holder)) if holder else ()


def _attribute(data: der.Data, element: der.Element) -> RawAttribute:
    """One attribute (RFC 5652 section 5.3)."""
    try:
        fields = der.sequence(data, element, "Attribute")
        oid = der.oid(data, fields.take(der.OID, "attrType"))
        values = der.children(data, fields.take(der.SET, "attrValues"))
        if fields.rest():
            return RawAttribute(oid=oid, where=element, values=())
    except FormatError:
        return RawAttribute(oid="", where=element, values=())
    return RawAttribute(oid=oid, where=element, values=tuple(values))


def attribute(attributes: tuple[RawAttribute, ...], oid: str) -> RawAttribute | None:
    """Return the first attribute with this OID."""
    return next((a for a in attributes if a.oid == oid), None)


def single_value(attributes: tuple[RawAttribute, ...], oid: str) -> der.Element | None:
    """Return the value of the one attribute with this OID, which has exactly one; None otherwise."""
    found = [a for a in attributes if a.oid == oid]
    if len(found) != 1 or len(found[0].values) != 1:
        return None
    return found[0].values[0]
