"""Object identifiers of X.509 and distinguished names as text (RFC 4514)."""

from __future__ import annotations

from msgspec import Struct

from unrig.formats import der

ATTRIBUTE_TYPES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}
"""RFC 4519, RFC 4514 section 3, PKCS #9 and the CA/Browser Forum's EV guidelines."""

USAGES = {
    "1.3.6.1.5.5.7.3.1": "server_auth",
    "1.3.6.1.5.5.7.3.2": "client_auth",
    "1.3.6.1.5.5.7.3.3": "code_signing",
    "1.3.6.1.5.5.7.3.4": "email_protection",
    "1.3.6.1.5.5.7.3.8": "time_stamping",
    "1.3.6.1.5.5.7.3.9": "ocsp_signing",
    "2.5.29.37.0": "any",
    "1.3.6.1.4.1.311.10.3.13": "lifetime_signing",
}
"""Extended key usages (RFC 5280 section 4.2.1.12, Microsoft's szOID_KP_*)."""

COMMON_NAME, ORGANIZATION = "2.5.4.3", "2.5.4.10"

_ESCAPED = str.maketrans({c: "\\" + c for c in ',+"\\<>;='})


def name_text(data: der.Data, element: der.Element) -> str:
    """Return a Name as `CN=..., O=..., C=...`, the most specific part first.

    Raises FormatError where it is no sequence of sets of type and value.
    """
    parts = []
    for rdn in _relative_names(data, element):
        pairs = (_pair(data, pair) for pair in rdn)
        parts.append("+".join(f"{ATTRIBUTE_TYPES.get(p.oid, p.oid)}={p.value.translate(_ESCAPED)}" for p in pairs))
    return ", ".join(reversed(parts))


def who(name: bytes) -> str:
    """Return what a reader takes a Name (DER) for: its organisation and common name in folded case.

    Equal for names that differ only in string types, case, blanks or further parts. Empty where it has no common
    name; raises FormatError where it is no Name.
    """
    pairs = [_pair(name, pair) for rdn in _relative_names(name, der.root(name)) for pair in rdn]
    values = {p.oid: " ".join(p.value.casefold().split()) for p in pairs}
    common = values.get(COMMON_NAME, "")
    return f"{values.get(ORGANIZATION, '')}/{common}" if common else ""


def _relative_names(data: der.Data, element: der.Element) -> list[list[der.Element]]:
    """Return the relative names, each as its pairs."""
    der.expect(element, der.SEQUENCE, "a Name")
    sets = [der.expect(rdn, der.SET, "a RelativeDistinguishedName") for rdn in der.children(data, element)]
    return [der.children(data, rdn) for rdn in sets]


class _Pair(Struct, frozen=True, kw_only=True, gc=False):
    """One attribute type and value."""

    oid: str
    value: str


def _pair(data: der.Data, element: der.Element) -> _Pair:
    """Read an AttributeTypeAndValue."""
    fields = der.sequence(data, element, "AttributeTypeAndValue")
    oid = der.oid(data, fields.take(der.OID, "an attribute type"))
    return _Pair(oid=oid, value=der.text(data, fields.any("an attribute value")))
