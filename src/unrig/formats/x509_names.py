"""Object identifiers of X.509 and distinguished names as text (RFC 4514)."""

from __future__ import annotations

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

_ESCAPED = str.maketrans({c: "\\" + c for c in ',+"\\<>;='})


def name_text(data: der.Data, element: der.Element) -> str:
    """Return a Name as `CN=..., O=..., C=...`, the most specific part first.

    Raises FormatError where it is no sequence of sets of type and value.
    """
    parts: list[str] = []
    der.expect(element, der.SEQUENCE, "a Name")
    for rdn in der.children(data, element):
        der.expect(rdn, der.SET, "a RelativeDistinguishedName")
        pairs = [_pair(data, pair) for pair in der.children(data, rdn)]
        parts.append("+".join(pairs))
    return ", ".join(reversed(parts))


def _pair(data: der.Data, element: der.Element) -> str:
    """One attribute type and value."""
    fields = der.sequence(data, element, "AttributeTypeAndValue")
    oid = der.oid(data, fields.take(der.OID, "an attribute type"))
    value = der.text(data, fields.any("an attribute value"))
    return f"{ATTRIBUTE_TYPES.get(oid, oid)}={value.translate(_ESCAPED)}"
