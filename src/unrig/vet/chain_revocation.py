"""What the user's CRLs say about a certificate (RFC 5280 section 6.3.3; no CRL is ever fetched)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from cryptography import x509 as crypto_x509
from msgspec import Struct

from unrig.formats import x509, x509_verify
from unrig.model.errors import FormatError


class Revoked(Struct, frozen=True, kw_only=True):
    """One entry of a CRL: since when, in Unix seconds, and the reason it states."""

    at: int
    reason: str


class _List(Struct, frozen=True, kw_only=True):
    """One CRL: its head, by which its signature is checked, and its entries, which `cryptography` looks up."""

    head: x509.ParsedList
    entries: crypto_x509.CertificateRevocationList


class RevocationLists:
    """The CRLs of one run by issuer. A CRL counts where the key that issued the certificate signed it."""

    def __init__(self, lists: Sequence[bytes]) -> None:
        """Take CRLs in DER; FormatError where one is none."""
        self._lists: dict[bytes, list[_List]] = {}
        self._verified: dict[tuple[int, bytes], bool] = {}
        for number, encoded in enumerate(lists):
            held = _List(head=x509.parse_list(encoded), entries=_load(encoded, number))
            self._lists.setdefault(held.head.issuer, []).append(held)

    def find(self, certificate: x509.Parsed, issuer: x509.Parsed) -> Revoked | None:
        """Return the earliest revocation of a certificate that its issuer signed; None where there is none."""
        found = [
            entry
            for held in self._lists.get(certificate.issuer, ())
            if self._signed(held, issuer) and (entry := _entry(held, certificate.serial))
        ]
        return min(found, key=lambda entry: entry.at, default=None)

    def _signed(self, held: _List, issuer: x509.Parsed) -> bool:
        """Tell whether the issuer may sign CRLs and signed this one; asked once for each key."""
        key = (id(held), issuer.spki_der)
        if key not in self._verified:
            head = held.head
            self._verified[key] = x509.authority(issuer).signs_lists and not x509_verify.verify(
                issuer.spki_der, head.algorithm, "", head.signature, head.tbs
            )
        return self._verified[key]


def _load(encoded: bytes, number: int) -> crypto_x509.CertificateRevocationList:
    """Read a CRL's entries."""
    try:
        return crypto_x509.load_der_x509_crl(encoded)
    except ValueError as error:
        raise FormatError(f"CRL {number}", "a CRL in DER", str(error)) from None


def _entry(held: _List, serial: int) -> Revoked | None:
    """Look a serial number up; an entry that takes a certificate off hold is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # non-conforming serials are read all the same
            entry = held.entries.get_revoked_certificate_by_serial_number(serial)
            if entry is None:
                return None
            reason = _reason(entry)
    except ValueError:
        return None
    if reason == "removeFromCRL":
        return None
    return Revoked(at=int(entry.revocation_date_utc.timestamp()), reason=reason)


def _reason(entry: crypto_x509.RevokedCertificate) -> str:
    """Return the reason code; empty where the entry states none."""
    try:
        found = entry.extensions.get_extension_for_class(crypto_x509.CRLReason)
    except crypto_x509.ExtensionNotFound:
        return ""
    return found.value.reason.value
