"""X.509 certificates and CRLs of the lab (RFC 5280), each with the drill's warning in its subject.

None names an address of a CRL or an issuer: some verifiers would try to fetch it.
"""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from unrig.drill.build._keys import key
from unrig.drill.build.seeds import stream

WARNING = "UNRIG DRILL, NOT A PUBLISHER"
"""Stands in every subject: these names deceive nobody."""
CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
EXTRA_EXTENSION = x509.ObjectIdentifier("2.999.1")
"""An object identifier of the arc set aside for examples (ITU-T X.660)."""


class Holder(Struct, frozen=True, kw_only=True):
    """A certificate with its key, and the certificates above it without the root."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    above: tuple[x509.Certificate, ...] = ()

    def chain(self) -> tuple[bytes, ...]:
        """Return the DER of the certificate and of those above it."""
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in (self.certificate, *self.above))


class Request(Struct, frozen=True, kw_only=True):
    """What a certificate shall say."""

    role: str
    """Goes into the common name behind the warning; with the organisation it draws the key."""
    organisation: str
    not_before: int
    """Year; the first of January."""
    not_after: int
    usage: x509.ObjectIdentifier | None = None
    """None makes an authority."""
    extra: bytes = b""
    """Made by a payload writer: the value of one extension that nobody knows."""
    edition: str = ""
    """Draws another serial number for the same subject and key."""
    own_key: str = ""
    """Draws another key for the same subject."""


def issue(request: Request, issuer: Holder | None) -> Holder:
    """Return a new certificate signed by the issuer, or by itself where there is none."""
    label = f"{request.organisation}/{request.role}"
    own = key(request.own_key or label)
    subject = _name(request)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(int.from_bytes(stream(0, f"serial/{label}/{request.edition}", 15)) | 1)
        .not_valid_before(_new_year(request.not_before))
        .not_valid_after(_new_year(request.not_after))
    )
    signer = issuer.key if issuer else own
    certificate = _with_extensions(builder, request, own, signer).sign(signer, hashes.SHA256())
    return Holder(certificate=certificate, key=own, above=_above(issuer))


def _above(issuer: Holder | None) -> tuple[x509.Certificate, ...]:
    """Return the issuer and those above it; roots stay out, as signing tools leave them out."""
    if issuer is None or issuer.certificate.issuer == issuer.certificate.subject:
        return ()
    return (issuer.certificate, *issuer.above)


def revocation_list(issuer: Holder, revoked: tuple[x509.Certificate, ...], extra: bytes = b"") -> bytes:
    """Return the DER of a CRL, in force 2020 to 2045, that revokes these from 2022 on."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(_new_year(2020))
        .next_update(_new_year(2045))
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.serial_number).revocation_date(_new_year(2022))
        builder = builder.add_revoked_certificate(entry.build())
    if extra:
        builder = builder.add_extension(x509.UnrecognizedExtension(EXTRA_EXTENSION, extra), critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _name(request: Request) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, request.organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{WARNING} {request.role}".strip()),
        ]
    )


def _with_extensions(
    builder: x509.CertificateBuilder, request: Request, own: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey
) -> x509.CertificateBuilder:
    authority = request.usage is None
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=authority), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(above, critical=False)
    if request.usage is not None:
        # RFC 3161, 2.3: a time stamping certificate has this one usage, and critical.
        critical = request.usage == TIME_STAMPING
        builder = builder.add_extension(x509.ExtendedKeyUsage([request.usage]), critical=critical)
    if request.extra:
        builder = builder.add_extension(x509.UnrecognizedExtension(EXTRA_EXTENSION, request.extra), critical=False)
    return builder


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _new_year(year: int) -> dt.datetime:
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)
